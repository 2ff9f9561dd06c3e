#pragma once

#include <chrono>

namespace timeservice::host {

/// How slow a client of the admin endpoint may be.
struct AdminTimeouts {
  /// A request must be complete, and an answer taken, within it; the first request must begin
  /// within it.
  std::chrono::milliseconds request = std::chrono::seconds(5);
  /// A later request must begin within it.
  std::chrono::milliseconds idle = std::chrono::seconds(60);
};

}  // namespace timeservice::host
