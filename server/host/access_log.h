#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include <spdlog/logger.h>

#include "wire/detect.h"

namespace timeservice::host {

/// What the access log says of a call.
struct AccessLine {
  std::string peer;
  /// As the client wrote it.
  std::string method;
  /// How it ended: one word.
  std::string_view outcome;
  std::chrono::nanoseconds waited{0};
  std::chrono::nanoseconds took{0};
  std::size_t bytes_in = 0;
  std::size_t bytes_out = 0;
  wire::Dialect dialect = {};
};

/// One line, at debug level: "call peer=... method=... outcome=...", in a JsonLog a member for each.
/// No arguments, so no secrets.
void log_access(spdlog::logger& log, const AccessLine& line);

}  // namespace timeservice::host
