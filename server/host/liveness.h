#pragma once

#include <chrono>
#include <mutex>
#include <string>

#include "server/host/progress.h"

namespace timeservice::host {

class Host;

/// Whether a host gets on, for those who ask now and then, as an orchestrator does; what a
/// Watchdog is where a service manager feeds one. Any thread.
class Liveness {
 public:
  /// Dead: that somebody waits and nothing at all is done, for so long, while it was asked at
  /// least twice. The host outlives it.
  explicit Liveness(const Host& host, std::chrono::nanoseconds limit = std::chrono::seconds(30));

  /// "" or why it is dead, one line. Looks at the host, but not more often than is of use.
  std::string check();

 private:
  const Host& host_;
  const std::chrono::nanoseconds limit_;
  std::mutex mutex_;
  StuckDetector detector_;
  std::chrono::steady_clock::time_point looked_ = std::chrono::steady_clock::now();
  bool stuck_ = false;
};

}  // namespace timeservice::host
