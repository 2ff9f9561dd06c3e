#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "server/time/clock/clock.h"

namespace timeservice::oracle {

/// How many timestamps may be handed out: a bucket of 10^9 that fills by one each
/// nanosecond, so that a greedy client cannot drive the timestamps away from the clock
/// for ever. It counts what is asked for, not how far ahead the timestamps are: a clock
/// that was put back must not stop the oracle. BOOTTIME, since a wall clock that is
/// set must neither fill nor empty it. One thread at a time.
///
/// Kept as one number: the moment at which the bucket would be full again.
class DemandLimit {
 public:
  static constexpr std::chrono::nanoseconds kBurst = std::chrono::seconds(1);

  explicit DemandLimit(clock::BootTime start) : full_at_ns_(start.ns) {}

  /// How long to wait until `count` are there; 0 if they are. An older `now` than the
  /// true one makes it longer, never shorter.
  std::chrono::nanoseconds wait(std::int32_t count, clock::BootTime now) const {
    const std::int64_t used = std::max(full_at_ns_ - now.ns, std::int64_t{0});
    return std::max(std::chrono::nanoseconds(used + count) - kBurst, std::chrono::nanoseconds(0));
  }

  /// Takes them. With an older `now`, what had flowed over since is there once more.
  void take(std::int32_t count, clock::BootTime now) { full_at_ns_ = std::max(full_at_ns_, now.ns) + count; }

 private:
  std::int64_t full_at_ns_;
};

}  // namespace timeservice::oracle
