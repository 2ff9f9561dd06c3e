#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

#include "client/interval.h"
#include "time_service_types.h"

namespace timeservice::client {

/// An interval that one thread at a time writes and any number read, without a lock and
/// without waiting for each other but for the writer's few instructions (a seqlock).
class PublishedBound {
 public:
  struct Bound {
    /// The moment of the client's clock at which it held.
    std::int64_t boot_ns;
    Interval interval;
    ClockState::type state;
  };

  void set(const Bound& bound) { write(bound, true); }
  void clear() { write({0, {}, ClockState::UNKNOWN}, false); }

  std::optional<Bound> get() const {
    for (;;) {
      const std::uint64_t before = version_.load(std::memory_order_acquire);
      // Acquired, so that none of it is read after the version is looked at again.
      const Bound bound{
          boot_ns_.load(std::memory_order_acquire),
          {earliest_ns_.load(std::memory_order_acquire), latest_ns_.load(std::memory_order_acquire)},
          state_.load(std::memory_order_acquire)};
      const bool known = known_.load(std::memory_order_acquire);
      if (before % 2 != 0 || version_.load(std::memory_order_relaxed) != before) continue;
      if (!known) return std::nullopt;
      return bound;
    }
  }

 private:
  void write(const Bound& bound, bool known) {
    const std::uint64_t before = version_.load(std::memory_order_relaxed);
    version_.store(before + 1, std::memory_order_relaxed);
    // Released, so that who reads one of them has to see that the version is odd.
    boot_ns_.store(bound.boot_ns, std::memory_order_release);
    earliest_ns_.store(bound.interval.earliest_ns, std::memory_order_release);
    latest_ns_.store(bound.interval.latest_ns, std::memory_order_release);
    state_.store(bound.state, std::memory_order_release);
    known_.store(known, std::memory_order_release);
    version_.store(before + 2, std::memory_order_release);
  }

  /// Odd while the others are written.
  std::atomic<std::uint64_t> version_ = 0;
  std::atomic<std::int64_t> boot_ns_ = 0;
  std::atomic<std::int64_t> earliest_ns_ = 0;
  std::atomic<std::int64_t> latest_ns_ = 0;
  std::atomic<ClockState::type> state_ = ClockState::UNKNOWN;
  std::atomic<bool> known_ = false;
};

}  // namespace timeservice::client
