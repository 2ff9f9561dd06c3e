#include "client/server_bound.h"

namespace timeservice::client {

ServerBound::Verdict ServerBound::add(const ExchangeReading& reading) {
  if (reading.error_ns < 0) return Verdict::kNoBound;
  const std::int64_t trip = saturating_subtract(reading.received_ns, reading.sent_ns);
  const std::int64_t server = saturating_subtract(reading.server_send_ns, reading.server_receive_ns);
  // Each clock may drift; the server's share is longer than the whole only if one was set.
  if (trip < 0 || server < 0 || server > saturating_add(trip, 2 * drift_.over(trip)))
    return Verdict::kUnusable;

  const std::int64_t boot_ns = reading.received_ns;
  const Bounds bounds = bounds_of(reading);
  if (!bounds_) {
    bounds_ = bounds;
  } else {
    const Bounds both = tighter(*bounds_, bounds, boot_ns);
    if (interval_of(both, boot_ns).empty()) return start_again(bounds, boot_ns);
    bounds_ = both;
  }
  if (on_probation_until_ns_ && boot_ns >= *on_probation_until_ns_) on_probation_until_ns_.reset();
  state_ = reading.state;
  heard_at_ns_ = boot_ns;
  return Verdict::kTaken;
}

std::optional<Interval> ServerBound::at(std::int64_t boot_ns) const {
  if (!bounds_ || on_probation_until_ns_) return std::nullopt;
  return interval_of(*bounds_, boot_ns);
}

ServerBound::Verdict ServerBound::start_again(const Bounds& bounds, std::int64_t boot_ns) {
  ++contradictions_;
  bounds_ = bounds;
  on_probation_until_ns_ = saturating_add(boot_ns, probation_ns_);
  return Verdict::kContradiction;
}

// The server read T3 somewhere between sent_ns and received_ns: when the reply had come,
// T3 - error was past, and when the request was sent, T3 + error was not. T2 would make the
// upper bound lower by the server's share of the round trip, but is bounded by nothing: a
// clock that was set right between the two is off by what it was set.
ServerBound::Bounds ServerBound::bounds_of(const ExchangeReading& reading) {
  return {.earliest_ns = saturating_subtract(reading.server_send_ns, reading.error_ns),
          .earliest_at_ns = reading.received_ns,
          .latest_ns = saturating_add(reading.server_send_ns, reading.error_ns),
          .latest_at_ns = reading.sent_ns};
}

Interval ServerBound::interval_of(const Bounds& bounds, std::int64_t boot_ns) const {
  const Interval from_earliest{bounds.earliest_ns, bounds.earliest_ns};
  const Interval from_latest{bounds.latest_ns, bounds.latest_ns};
  return {after(from_earliest, boot_ns - bounds.earliest_at_ns, drift_).earliest_ns,
          after(from_latest, boot_ns - bounds.latest_at_ns, drift_).latest_ns};
}

ServerBound::Bounds ServerBound::tighter(const Bounds& one, const Bounds& other, std::int64_t boot_ns) const {
  const Interval first = interval_of(one, boot_ns);
  const Interval second = interval_of(other, boot_ns);
  Bounds both = one;
  if (second.earliest_ns > first.earliest_ns) {
    both.earliest_ns = other.earliest_ns;
    both.earliest_at_ns = other.earliest_at_ns;
  }
  if (second.latest_ns < first.latest_ns) {
    both.latest_ns = other.latest_ns;
    both.latest_at_ns = other.latest_at_ns;
  }
  return both;
}

}  // namespace timeservice::client
