#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "client/interval.h"
#include "client/server_bound.h"

namespace timeservice::client {

/// Several servers, of which some may be wrong, and what they say of true time together:
/// arithmetic without clocks and sockets. One thread at a time.
///
/// Where servers contradict each other, more are wrong than may be, whatever is heard
/// later: the interval of one that falls silent grows by the drift until it touches that
/// of a liar, and would then agree with it. So from then on nothing is known until each of
/// them has been heard again, and what they said before is forgotten.
class ServerEnsemble {
 public:
  struct Rules {
    /// Servers at most that are wrong; fewer than there are.
    std::size_t wrong = 0;
    DriftBound drift = {};
    std::int64_t probation_ns = 0;
    /// A server that was not heard for longer than this is in HOLDOVER.
    std::int64_t stale_ns = 0;
  };

  ServerEnsemble(std::size_t servers, const Rules& rules)
      : rules_(rules), servers_(servers, ServerBound(rules.drift, rules.probation_ns)) {}

  /// What a server said. Readings of one server in the order of received_ns.
  ServerBound::Verdict add(std::size_t index, const ExchangeReading& reading);

  const ServerBound& server(std::size_t index) const { return servers_.at(index); }

  struct Agreement {
    Interval interval;
    /// SYNCHRONIZED if all servers that agree are and were heard lately, else HOLDOVER.
    ClockState::type state;
    /// Those whose interval lies outside of it: they are wrong.
    std::vector<std::size_t> outvoted;
  };

  /// What all that have a bound, but for as many as may be wrong, agree on, at a moment of
  /// the client's clock, not before the last reading. All of the wrong ones may be among
  /// those that have a bound: two of three that overlap beside true time, while the third is
  /// silent, must not pass for a majority. Nothing where too few have a bound, or after a
  /// contradiction.
  std::optional<Agreement> agree(std::int64_t boot_ns) const;

  /// How many must have a bound: a majority, and enough for one to be right for sure,
  std::size_t needed() const { return std::max(rules_.wrong, servers_.size() / 2) + 1; }
  /// and how many have one.
  std::size_t bounded(std::int64_t boot_ns) const;

  /// Those that contradicted each other and were not all heard again since; in order.
  const std::vector<std::size_t>& contradicting() const { return contradicting_; }

 private:
  std::vector<Interval> intervals(std::int64_t boot_ns) const;
  std::optional<Interval> agreed(const std::vector<Interval>& intervals) const;
  void look_for_contradiction();
  ClockState::type state_of(const ServerBound& server, std::int64_t boot_ns) const;

  Rules rules_;
  std::vector<ServerBound> servers_;
  /// When the last reading was received.
  std::int64_t last_ns_ = 0;
  std::vector<std::size_t> contradicting_;
};

}  // namespace timeservice::client
