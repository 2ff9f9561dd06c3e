#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "server/host/busy_counter.h"

namespace timeservice::host {

/// How long things took: how many took at most so long. Threads add with every call and
/// do not slow each other down. Takes 12 KiB. Any thread; it only grows.
class DurationHistogram {
 public:
  using Duration = std::chrono::nanoseconds;

  /// What is told apart, in seconds: a bucket holds what took at most its bound, and more
  /// than the one before. One more bucket has no bound.
  static constexpr auto kBounds =
      std::to_array<double>({10e-6, 25e-6, 50e-6, 100e-6, 250e-6, 500e-6, 1e-3, 2.5e-3, 5e-3, 10e-3, 25e-3,
                             50e-3, 0.1, 0.25, 0.5, 1, 2.5, 5, 10});
  static constexpr std::size_t kBuckets = kBounds.size() + 1;

  struct Snapshot {
    /// By bucket, not added up.
    std::array<std::uint64_t, kBuckets> counts = {};
    double sum_seconds = 0;

    std::uint64_t count() const {
      std::uint64_t all = 0;
      for (const std::uint64_t bucket : counts) all += bucket;
      return all;
    }
    Snapshot& operator+=(const Snapshot& other) {
      for (std::size_t i = 0; i < kBuckets; ++i) counts[i] += other.counts[i];
      sum_seconds += other.sum_seconds;
      return *this;
    }
  };

  /// `count` things took `each`. Less than nothing counts as nothing.
  void add(Duration each, std::uint64_t count = 1) {
    const std::int64_t took = std::max<std::int64_t>(each.count(), 0);
    const auto bound = std::lower_bound(kNanoseconds.begin(), kNanoseconds.end(), took);
    // First: whoever sees a bucket's count sees its part of the sum.
    numbers_.add(kBuckets, static_cast<std::uint64_t>(took) * count);
    numbers_.add(static_cast<std::size_t>(bound - kNanoseconds.begin()), count);
  }

  Snapshot snapshot() const {
    Snapshot now;
    for (std::size_t i = 0; i < kBuckets; ++i) now.counts[i] = numbers_.load(i);
    now.sum_seconds = static_cast<double>(numbers_.load(kBuckets)) / 1e9;
    return now;
  }

 private:
  static constexpr std::array<std::int64_t, kBounds.size()> kNanoseconds = [] {
    std::array<std::int64_t, kBounds.size()> all{};
    for (std::size_t i = 0; i < kBounds.size(); ++i) all[i] = static_cast<std::int64_t>(kBounds[i] * 1e9);
    return all;
  }();

  /// Each bucket's count, then the sum in nanoseconds.
  BusyCounters<kBuckets + 1> numbers_;
};

}  // namespace timeservice::host
