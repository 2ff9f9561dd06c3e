#include "client/server_ensemble.h"

#include "client/marzullo.h"

namespace timeservice::client {

std::optional<ServerEnsemble::Agreement> ServerEnsemble::agree(std::int64_t boot_ns) const {
  std::vector<Interval> intervals;
  for (const ServerBound& server : servers_) {
    if (const auto interval = server.at(boot_ns)) intervals.push_back(*interval);
  }
  if (intervals.size() < needed()) return std::nullopt;
  const auto agreed = agreement(intervals, intervals.size() - wrong_);
  if (!agreed) return std::nullopt;
  Agreement result{.interval = *agreed, .state = ClockState::SYNCHRONIZED, .outvoted = {}};
  for (std::size_t index = 0; index < servers_.size(); ++index) {
    const auto interval = servers_[index].at(boot_ns);
    if (!interval) continue;
    if (intersection(*interval, *agreed).empty()) {
      result.outvoted.push_back(index);
    } else if (servers_[index].state() != ClockState::SYNCHRONIZED) {
      result.state = ClockState::HOLDOVER;
    }
  }
  return result;
}

std::size_t ServerEnsemble::bounded(std::int64_t boot_ns) const {
  std::size_t count = 0;
  for (const ServerBound& server : servers_) count += server.at(boot_ns) ? 1 : 0;
  return count;
}

}  // namespace timeservice::client
