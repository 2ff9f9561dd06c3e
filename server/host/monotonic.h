#pragma once

#include <chrono>
#include <ctime>

namespace timeservice::host {

/// Milliseconds of the monotonic clock, read cheaply: a few milliseconds coarse,
/// good enough for timeouts and taken several times a call.
inline std::chrono::milliseconds coarse_now() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::seconds(now.tv_sec) +
                                                               std::chrono::nanoseconds(now.tv_nsec));
}

/// The monotonic clock to the nanosecond, for what is measured; some 20 ns.
inline std::chrono::nanoseconds precise_now() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

}  // namespace timeservice::host
