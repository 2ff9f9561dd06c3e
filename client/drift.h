#pragma once

#include <cstdint>
#include <limits>

namespace timeservice::client {

/// How much faster or slower than true time a machine's CLOCK_BOOTTIME may run, in
/// parts per million of true time.
///
/// 500 is what the kernel itself lets a disciplined clock be slewed by (adjtimex), and
/// more than oscillators are off. chrony may slew faster, while it works off a large
/// offset: where clients run it, set its maxslewrate, or take a larger bound.
struct DriftBound {
  std::int64_t ppm = 500;

  /// The most that such a clock can have gained or lost in `elapsed_ns` of its own,
  /// rounded up; 0 for no time or less.
  constexpr std::int64_t over(std::int64_t elapsed_ns) const {
    if (elapsed_ns <= 0) return 0;
    // A slow clock counts 1 - r of each true second, so it has lost r / (1 - r) of what it
    // counts. A fast one gains less. Divided first, it stays within 64 bits.
    const std::int64_t counted = kMillion - ppm;
    return elapsed_ns / counted * ppm + (elapsed_ns % counted * ppm + counted - 1) / counted;
  }

 private:
  static constexpr std::int64_t kMillion = 1'000'000;
};

/// The largest that can be asked for.
inline constexpr std::int64_t kMaxDriftPpm = 100'000;

/// Sums that stay at the ends of 64 bits.
constexpr std::int64_t saturating_add(std::int64_t left, std::int64_t right) {
  std::int64_t sum = 0;
  if (!__builtin_add_overflow(left, right, &sum)) return sum;
  return right > 0 ? std::numeric_limits<std::int64_t>::max() : std::numeric_limits<std::int64_t>::min();
}

constexpr std::int64_t saturating_subtract(std::int64_t left, std::int64_t right) {
  std::int64_t difference = 0;
  if (!__builtin_sub_overflow(left, right, &difference)) return difference;
  return right < 0 ? std::numeric_limits<std::int64_t>::max() : std::numeric_limits<std::int64_t>::min();
}

}  // namespace timeservice::client
