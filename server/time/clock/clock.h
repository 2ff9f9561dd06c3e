#pragma once

#include <compare>
#include <cstdint>

namespace timeservice::clock {

/// An instant of the wall clock: nanoseconds since 1970-01-01T00:00:00Z, POSIX scale.
/// It may be set, forwards and backwards.
struct WallTime {
  std::int64_t ns = 0;
  auto operator<=>(const WallTime&) const = default;
};

/// An instant of the clock that is never set, in nanoseconds from an arbitrary start.
/// It stands still while the machine is suspended: for timeouts.
struct MonotonicTime {
  std::int64_t ns = 0;
  auto operator<=>(const MonotonicTime&) const = default;
};

/// As MonotonicTime, but going on while the machine is suspended: for what happens to
/// the wall clock.
struct BootTime {
  std::int64_t ns = 0;
  auto operator<=>(const BootTime&) const = default;
};

/// The clocks of the machine, as the service sees them; the one seam to the
/// operating system's. Any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual WallTime wall() const = 0;
  virtual MonotonicTime monotonic() const = 0;
  virtual BootTime boot() const = 0;
};

}  // namespace timeservice::clock
