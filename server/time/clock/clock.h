#pragma once

#include <compare>
#include <cstdint>

namespace timeservice::clock {

/// An instant of the wall clock: nanoseconds since 1970-01-01T00:00:00Z, POSIX scale.
struct WallTime {
  std::int64_t ns = 0;
  auto operator<=>(const WallTime&) const = default;
};

/// The clocks of the machine, as the service sees them; the one seam to the
/// operating system's. Any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual WallTime wall() const = 0;
};

}  // namespace timeservice::clock
