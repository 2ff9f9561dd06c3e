#include "client/server_ensemble.h"

#include "client/marzullo.h"

namespace timeservice::client {

ServerBound::Verdict ServerEnsemble::add(std::size_t index, const ExchangeReading& reading) {
  const ServerBound::Verdict verdict = servers_.at(index).add(reading);
  last_ns_ = std::max(last_ns_, reading.received_ns);
  look_for_contradiction();
  return verdict;
}

/// At the time of the last reading: intervals only grow, so whatever contradicts itself
/// does so best when it has just been heard.
void ServerEnsemble::look_for_contradiction() {
  const auto heard = [this](std::size_t index) { return servers_[index].at(last_ns_).has_value(); };
  if (!std::all_of(contradicting_.begin(), contradicting_.end(), heard)) return;
  contradicting_.clear();
  const std::vector<Interval> all = intervals(last_ns_);
  if (all.size() < needed() || agreed(all)) return;
  for (std::size_t index = 0; index < servers_.size(); ++index) {
    if (heard(index)) contradicting_.push_back(index);
  }
  for (const std::size_t index : contradicting_) servers_[index].forget();
}

std::optional<ServerEnsemble::Agreement> ServerEnsemble::agree(std::int64_t boot_ns) const {
  const std::vector<Interval> all = intervals(boot_ns);
  if (!contradicting_.empty() || all.size() < needed()) return std::nullopt;
  const auto common = agreed(all);
  if (!common) return std::nullopt;
  Agreement result{.interval = *common, .state = ClockState::SYNCHRONIZED, .outvoted = {}};
  for (std::size_t index = 0; index < servers_.size(); ++index) {
    const auto interval = servers_[index].at(boot_ns);
    if (!interval) continue;
    if (intersection(*interval, *common).empty()) {
      result.outvoted.push_back(index);
    } else if (state_of(servers_[index], boot_ns) != ClockState::SYNCHRONIZED) {
      result.state = ClockState::HOLDOVER;
    }
  }
  return result;
}

std::size_t ServerEnsemble::bounded(std::int64_t boot_ns) const { return intervals(boot_ns).size(); }

std::vector<Interval> ServerEnsemble::intervals(std::int64_t boot_ns) const {
  std::vector<Interval> intervals;
  for (const ServerBound& server : servers_) {
    if (const auto interval = server.at(boot_ns)) intervals.push_back(*interval);
  }
  return intervals;
}

std::optional<Interval> ServerEnsemble::agreed(const std::vector<Interval>& intervals) const {
  return agreement(intervals, intervals.size() - rules_.wrong);
}

/// What a server said of itself is old after a while: nobody has confirmed it since.
ClockState::type ServerEnsemble::state_of(const ServerBound& server, std::int64_t boot_ns) const {
  const bool stale = saturating_subtract(boot_ns, server.heard_at_ns()) > rules_.stale_ns;
  return stale ? ClockState::HOLDOVER : server.state();
}

}  // namespace timeservice::client
