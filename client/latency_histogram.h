#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace timeservice::client {

/// Counts latencies in buckets whose width grows with them, so that each is known
/// to 1/128 of itself, from a nanosecond to a century, in constant memory. One
/// thread at a time.
class LatencyHistogram {
 public:
  /// `count` calls took so long; negative counts as none at all.
  void record(std::chrono::nanoseconds latency, std::uint64_t count = 1);
  /// All of another's.
  void add(const LatencyHistogram& other);

  std::uint64_t count() const { return count_; }
  /// The longest, exactly; 0 of none.
  std::chrono::nanoseconds max() const { return std::chrono::nanoseconds(max_); }
  /// What `share` of the calls (0.99 for p99) took at most; 0 of none.
  std::chrono::nanoseconds percentile(double share) const;

 private:
  static constexpr int kPrecisionBits = 7;
  static constexpr std::size_t kPerOctave = std::size_t{1} << kPrecisionBits;
  /// The highest bit of a latency is the 63rd at most.
  static constexpr std::size_t kBuckets = (64 - kPrecisionBits) * kPerOctave;

  static std::size_t bucket_of(std::uint64_t ns);
  static std::uint64_t longest_in(std::size_t bucket);

  std::array<std::uint64_t, kBuckets> counts_ = {};
  std::uint64_t count_ = 0;
  std::int64_t max_ = 0;
};

}  // namespace timeservice::client
