#include "client/latency_histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace timeservice::client {

void LatencyHistogram::record(std::chrono::nanoseconds latency, std::uint64_t count) {
  const std::int64_t ns = std::max<std::int64_t>(0, latency.count());
  counts_[bucket_of(static_cast<std::uint64_t>(ns))] += count;
  count_ += count;
  if (count > 0) max_ = std::max(max_, ns);
}

void LatencyHistogram::add(const LatencyHistogram& other) {
  for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) counts_[bucket] += other.counts_[bucket];
  count_ += other.count_;
  max_ = std::max(max_, other.max_);
}

std::chrono::nanoseconds LatencyHistogram::percentile(double share) const {
  const auto rank = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
    seen += counts_[bucket];
    if (seen > 0 && seen >= rank) {
      return std::min(max(), std::chrono::nanoseconds(static_cast<std::int64_t>(longest_in(bucket))));
    }
  }
  return max();
}

// Below twice kPerOctave a bucket holds one value; above, the bits below the highest
// eight are dropped, and each octave takes the next kPerOctave buckets.
std::size_t LatencyHistogram::bucket_of(std::uint64_t ns) {
  if (ns < 2 * kPerOctave) return static_cast<std::size_t>(ns);
  const int dropped = static_cast<int>(std::bit_width(ns)) - (kPrecisionBits + 1);
  return static_cast<std::size_t>(dropped) * kPerOctave + static_cast<std::size_t>(ns >> dropped);
}

std::uint64_t LatencyHistogram::longest_in(std::size_t bucket) {
  if (bucket < 2 * kPerOctave) return bucket;
  const std::size_t dropped = bucket / kPerOctave - 1;
  const std::uint64_t kept = bucket - dropped * kPerOctave;
  return ((kept + 1) << dropped) - 1;
}

}  // namespace timeservice::client
