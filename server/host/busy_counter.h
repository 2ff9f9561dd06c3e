#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "server/host/thread_number.h"

namespace timeservice::host {

/// Some numbers that threads add to with every call, and somebody reads now and then.
/// Each thread adds to a share of its own on cache lines of its own, so adding costs as
/// little as to plain numbers, and threads do not slow each other down. Takes 65 times
/// the numbers' size. Any thread; they only grow.
template <std::size_t kNumbers>
class BusyCounters {
 public:
  void add(std::size_t which, std::uint64_t count) {
    const std::size_t number = thread_number();
    std::atomic<std::uint64_t>& share = shares_[number].counts[which];
    if (number < kNumberedThreads) {  // nobody else adds here: no need to lock the bus
      share.store(share.load(std::memory_order_relaxed) + count, std::memory_order_release);
    } else {
      share.fetch_add(count, std::memory_order_release);
    }
  }

  /// What was added before is seen in what is read after, of any other number too.
  std::uint64_t load(std::size_t which) const {
    std::uint64_t sum = 0;
    for (const Share& share : shares_) sum += share.counts[which].load(std::memory_order_acquire);
    return sum;
  }

 private:
  struct alignas(64) Share {
    std::array<std::atomic<std::uint64_t>, kNumbers> counts = {};
  };
  std::array<Share, kNumberedThreads + 1> shares_;
};

/// One such number. Takes 4 KiB.
class BusyCounter {
 public:
  void add(std::uint64_t count) { counter_.add(0, count); }
  std::uint64_t load() const { return counter_.load(0); }
  operator std::uint64_t() const { return load(); }

 private:
  BusyCounters<1> counter_;
};

}  // namespace timeservice::host
