#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "server/host/thread_number.h"

namespace timeservice::host {

/// A number that threads add to with every call, and somebody reads now and then. Each
/// thread adds to a share of its own on a cache line of its own, so adding costs as
/// little as to a plain number, and threads do not slow each other down. Takes 4 KiB.
/// Any thread; it only grows.
class BusyCounter {
 public:
  void add(std::uint64_t count) {
    const std::size_t number = thread_number();
    std::atomic<std::uint64_t>& share = shares_[number].count;
    if (number < kNumberedThreads) {  // nobody else adds here: no need to lock the bus
      share.store(share.load(std::memory_order_relaxed) + count, std::memory_order_release);
    } else {
      share.fetch_add(count, std::memory_order_release);
    }
  }

  /// What was added before is seen in what is read after, by any other counter too.
  std::uint64_t load() const {
    std::uint64_t sum = 0;
    for (const Share& share : shares_) sum += share.count.load(std::memory_order_acquire);
    return sum;
  }
  operator std::uint64_t() const { return load(); }

 private:
  struct alignas(64) Share {
    std::atomic<std::uint64_t> count = 0;
  };
  std::array<Share, kNumberedThreads + 1> shares_;
};

}  // namespace timeservice::host
