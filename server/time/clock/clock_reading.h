#pragma once

#include <algorithm>
#include <cstdint>

#include "server/time/clock/clock.h"
#include "server/time/saturating.h"

namespace timeservice::clock {

/// A difference of two clocks, between two ends: they cannot be read at one moment.
struct Difference {
  std::int64_t low = 0;
  std::int64_t high = 0;

  Difference moved(std::int64_t ns) const { return {saturating_add(low, ns), saturating_add(high, ns)}; }
  /// How far this one is above another (below it: negative); 0 where the two overlap.
  std::int64_t beyond(const Difference& other) const {
    if (low > other.high) return saturating_subtract(low, other.high);
    if (high < other.low) return saturating_subtract(high, other.low);
    return 0;
  }
};

/// The clocks, read one after the other.
struct ClockReading {
  BootTime before;
  WallTime wall;
  MonotonicTime monotonic;
  BootTime after;

  static ClockReading take(const Clock& clock) {
    ClockReading reading;
    reading.before = clock.boot();
    reading.wall = clock.wall();
    reading.monotonic = clock.monotonic();
    reading.after = clock.boot();
    return reading;
  }

  /// The wall clock minus the boot clock. Slewing changes the rate of both alike, so that
  /// it stays the same until the wall clock is set.
  Difference wall_from_boot() const {
    return {saturating_subtract(wall.ns, after.ns), saturating_subtract(wall.ns, before.ns)};
  }
  /// How long the machine has slept, plus a constant.
  Difference asleep() const {
    return {saturating_subtract(before.ns, monotonic.ns), saturating_subtract(after.ns, monotonic.ns)};
  }
};

}  // namespace timeservice::clock
