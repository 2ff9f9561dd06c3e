#pragma once

#include <memory>
#include <string_view>

#include "server/time/clock/chrony_link.h"

namespace timeservice::clock {

/// A link to chronyd's command port, by UDP. It is no connection of the service's: the only
/// socket of server/time, open while a question is, and Asio's, which hides what it is.
class ChronySocket : public ChronyLink {
 public:
  /// Reads "127.0.0.1:323" or "[::1]:323": numbers, since a name could lead elsewhere each
  /// time. Throws std::invalid_argument.
  explicit ChronySocket(std::string_view endpoint);
  ~ChronySocket() override;

  bool ask(const ChronyRequest& request, std::chrono::milliseconds patience, const ChronyTake& take) override;

 private:
  struct Endpoint;
  std::unique_ptr<Endpoint> endpoint_;
};

}  // namespace timeservice::clock
