#pragma once

#include <algorithm>
#include <cstdint>

#include "client/drift.h"

namespace timeservice::client {

/// Where true time lies, both ends included, in nanoseconds since 1970. Plain data.
struct Interval {
  std::int64_t earliest_ns = 0;
  std::int64_t latest_ns = 0;

  bool empty() const { return earliest_ns > latest_ns; }
  bool operator==(const Interval&) const = default;
};

inline Interval intersection(const Interval& one, const Interval& other) {
  return {std::max(one.earliest_ns, other.earliest_ns), std::min(one.latest_ns, other.latest_ns)};
}

/// The interval some time later, by a clock with that drift. Saturates.
inline Interval after(const Interval& interval, std::int64_t elapsed_ns, DriftBound drift) {
  const std::int64_t drifted = drift.over(elapsed_ns);
  return {saturating_subtract(saturating_add(interval.earliest_ns, elapsed_ns), drifted),
          saturating_add(saturating_add(interval.latest_ns, elapsed_ns), drifted)};
}

}  // namespace timeservice::client
