#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "server/host/monotonic.h"

namespace timeservice::host {

/// Lets so many events a second pass, and counts the others. Any thread.
class RateLimit {
 public:
  explicit RateLimit(std::uint32_t per_second) : per_second_(per_second) {}

  /// Whether this event passes. If so, `missed` is how many did not since the last.
  bool pass(std::uint64_t& missed, std::chrono::milliseconds now = coarse_now()) {
    const auto second = std::chrono::duration_cast<std::chrono::seconds>(now).count();
    auto current = second_.load(std::memory_order_relaxed);
    // A thread that looked at the clock earlier and comes later opens no second anew.
    if (current < second && second_.compare_exchange_strong(current, second, std::memory_order_relaxed)) {
      passed_.store(0, std::memory_order_relaxed);
    }
    if (passed_.fetch_add(1, std::memory_order_relaxed) >= per_second_) {
      missed_.fetch_add(1, std::memory_order_relaxed);
      return false;
    }
    missed = missed_.exchange(0, std::memory_order_relaxed);
    return true;
  }

  /// How many did not pass, once their second is over: for who tells of them though no other
  /// event comes. Each is told once, here or by pass().
  std::uint64_t overdue(std::chrono::milliseconds now = coarse_now()) {
    const auto second = std::chrono::duration_cast<std::chrono::seconds>(now).count();
    if (missed_.load(std::memory_order_relaxed) == 0) return 0;
    if (second_.load(std::memory_order_relaxed) >= second) return 0;
    return missed_.exchange(0, std::memory_order_relaxed);
  }

 private:
  const std::uint32_t per_second_;
  std::atomic<std::int64_t> second_ = -1;
  std::atomic<std::uint32_t> passed_ = 0;
  std::atomic<std::uint64_t> missed_ = 0;
};

}  // namespace timeservice::host
