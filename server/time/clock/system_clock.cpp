#include "server/time/clock/system_clock.h"

#include <ctime>

namespace timeservice::clock {

WallTime SystemClock::wall() const {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return {std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec};
}

}  // namespace timeservice::clock
