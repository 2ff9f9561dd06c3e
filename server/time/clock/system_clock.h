#pragma once

#include "server/time/clock/clock.h"

namespace timeservice::clock {

/// The operating system's clocks. No other file reads them.
class SystemClock : public Clock {
 public:
  WallTime wall() const override;
  MonotonicTime monotonic() const override;
  BootTime boot() const override;
};

}  // namespace timeservice::clock
