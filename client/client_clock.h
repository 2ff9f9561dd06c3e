#pragma once

#include <chrono>
#include <cstdint>
#include <ctime>

namespace timeservice::client {

/// This machine's wall clock (CLOCK_REALTIME), in nanoseconds since 1970 as the
/// IDL counts them. The client reads it nowhere else.
inline std::int64_t wall_clock_ns() {
  const auto since_1970 = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(since_1970).count();
}

/// Nanoseconds since this machine started (CLOCK_BOOTTIME): never set, and goes on
/// through a suspend, in which CLOCK_MONOTONIC stands still while true time passes.
inline std::int64_t boot_clock_ns() {
  std::timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

}  // namespace timeservice::client
