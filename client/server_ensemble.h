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
class ServerEnsemble {
 public:
  /// `wrong` servers at most are wrong; fewer than there are.
  ServerEnsemble(std::size_t servers, std::size_t wrong, DriftBound drift, std::int64_t probation_ns)
      : wrong_(wrong), servers_(servers, ServerBound(drift, probation_ns)) {}

  ServerBound& server(std::size_t index) { return servers_.at(index); }
  const ServerBound& server(std::size_t index) const { return servers_.at(index); }

  struct Agreement {
    Interval interval;
    /// SYNCHRONIZED if all servers that agree are, else HOLDOVER.
    ClockState::type state;
    /// Those whose interval lies outside of it: they are wrong.
    std::vector<std::size_t> outvoted;
  };

  /// What all that have a bound, but for as many as may be wrong, agree on, at a moment of
  /// the client's clock. All of the wrong ones may be among those that have a bound: two of
  /// three that overlap beside true time, while the third is silent, must not pass for a
  /// majority. Nothing where too few have a bound, or agree.
  std::optional<Agreement> agree(std::int64_t boot_ns) const;

  /// How many must have a bound: a majority, and enough for one to be right for sure,
  std::size_t needed() const { return std::max(wrong_, servers_.size() / 2) + 1; }
  /// and how many have one.
  std::size_t bounded(std::int64_t boot_ns) const;

 private:
  std::size_t wrong_;
  std::vector<ServerBound> servers_;
};

}  // namespace timeservice::client
