#pragma once

#include <sys/timex.h>

#include <cstdint>

namespace timeservice::clock {

/// What adjtimex(2) answered: the kernel's own account of its clock.
struct KernelReading {
  /// The clock's state, TIME_OK and so on; -1 if the kernel refused.
  int result = -1;
  /// Why it refused.
  int error = 0;
  timex state = {};
};

/// The kernel's NTP_PHASE_LIMIT: what `maxerror` is while nothing is known, and from when the
/// clock is set until a daemon writes another.
constexpr long kNoKernelBound_us = 16'000'000;
/// What the kernel adds to it each second, MAXFREQ.
constexpr long kKernelGrowth_us = 500;
/// The bound that it is: just before the kernel adds to it, that much is missing.
constexpr std::int64_t kernel_bound_ns(long maxerror_us) {
  return (std::int64_t{maxerror_us} + kKernelGrowth_us) * 1000;
}
/// Why there is no bound where it cannot be read.
constexpr const char* kRefusedAdjtimex =
    "the kernel refuses adjtimex: allow it in the seccomp profile, or choose another --clock-error";

/// The seam to adjtimex(2), which is only read. Any thread.
class KernelClock {
 public:
  virtual ~KernelClock() = default;
  virtual KernelReading read() const = 0;
};

/// The running kernel's: 1 us, and no privilege is needed.
class SystemKernelClock : public KernelClock {
 public:
  KernelReading read() const override;
};

}  // namespace timeservice::clock
