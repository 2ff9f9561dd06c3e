#include "server/time/clock/system_clock.h"

#include <ctime>

namespace timeservice::clock {
namespace {

std::int64_t read(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

}  // namespace

WallTime SystemClock::wall() const { return {read(CLOCK_REALTIME)}; }
MonotonicTime SystemClock::monotonic() const { return {read(CLOCK_MONOTONIC)}; }
BootTime SystemClock::boot() const { return {read(CLOCK_BOOTTIME)}; }

}  // namespace timeservice::clock
