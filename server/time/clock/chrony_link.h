#pragma once

#include <chrono>
#include <functional>
#include <string_view>

#include "server/time/clock/chrony_report.h"

namespace timeservice::clock {

/// Whether a message is what was waited for.
using ChronyTake = std::function<bool(std::string_view message)>;

/// The seam between a bound and the chronyd that it is asked from. One thread.
class ChronyLink {
 public:
  virtual ~ChronyLink() = default;
  /// Sends one question, and gives each message that comes back to `take`, until that
  /// says true or `patience` is over. Says whether it did. Throws nothing.
  virtual bool ask(const ChronyRequest& request, std::chrono::milliseconds patience,
                   const ChronyTake& take) = 0;
};

}  // namespace timeservice::clock
