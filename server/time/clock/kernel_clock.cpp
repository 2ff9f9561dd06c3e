#include "server/time/clock/kernel_clock.h"

#include <cerrno>

namespace timeservice::clock {

KernelReading SystemKernelClock::read() const {
  KernelReading reading;
  reading.state.modes = 0;
  reading.result = ::adjtimex(&reading.state);
  if (reading.result == -1) reading.error = errno;
  return reading;
}

}  // namespace timeservice::clock
