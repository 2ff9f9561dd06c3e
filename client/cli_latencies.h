#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace timeservice::client {

/// How often each latency occurred, in a fixed amount of memory however many there
/// are: told apart to 1.6 %. One thread at a time.
class Latencies {
 public:
  void add(std::chrono::nanoseconds latency);
  void add(const Latencies& others);

  std::int64_t count() const { return count_; }
  /// The latency that this share of all, from 0 to 1, did not exceed; 0 where there
  /// are none.
  std::chrono::nanoseconds percentile(double share) const;

 private:
  // Up to 127 ns one each; above, 64 to each power of two.
  static constexpr int kBits = 6;
  static constexpr std::size_t kPerPower = std::size_t{1} << kBits;
  std::array<std::int64_t, (64 - kBits + 1)* kPerPower> counts_ = {};
  std::int64_t count_ = 0;
};

}  // namespace timeservice::client
