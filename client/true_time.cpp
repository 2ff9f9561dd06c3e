#include "client/true_time.h"

#include "client/drift.h"

namespace timeservice::client {

TrueTime on_receipt(const TimeInterval& interval, std::int64_t round_trip_ns) {
  const std::int64_t passed = saturating_add(round_trip_ns, DriftBound{}.over(round_trip_ns));
  return {.earliest_ns = interval.earliest_ns,
          .latest_ns = saturating_add(interval.latest_ns, passed),
          .state = interval.state};
}

}  // namespace timeservice::client
