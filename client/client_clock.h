#pragma once

#include <chrono>
#include <cstdint>

namespace timeservice::client {

/// This machine's wall clock (CLOCK_REALTIME), in nanoseconds since 1970 as the
/// IDL counts them. The client reads it nowhere else.
inline std::int64_t wall_clock_ns() {
  const auto since_1970 = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(since_1970).count();
}

}  // namespace timeservice::client
