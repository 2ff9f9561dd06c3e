#pragma once

#include <atomic>
#include <cstdint>

#include "server/time/clock/clock.h"

namespace timeservice::clock {

/// Remembers which leap second was announced until it is over: sources forget it at
/// midnight, and some seconds too late. Any thread; writes only when something changed.
class LeapNotice {
 public:
  /// What a source says of the UTC day that `wall` is in: +1, -1 or 0.
  void announce(WallTime wall, std::int32_t pending_leap_s);

  /// The leap second that ends this UTC day: +1, -1 or 0.
  std::int32_t pending(WallTime wall) const;
  /// The leap second that a clock off by at most `error_ns` can be at, or just past:
  /// during it POSIX time says one second twice, or leaves one out.
  std::int32_t at(WallTime wall, std::int64_t error_ns) const;

 private:
  // The midnight that the leap second is before, in days since 1970, times 4, plus 2 and
  // its sign: one word, so that both change together. 0: none.
  std::atomic<std::int64_t> notice_ = 0;
};

}  // namespace timeservice::clock
