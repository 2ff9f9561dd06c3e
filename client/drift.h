#pragma once

#include <cstdint>
#include <limits>

namespace timeservice::client {

/// How much faster or slower than true time a machine's CLOCK_BOOTTIME may run, in
/// parts per million.
///
/// 500 is what the kernel itself lets a disciplined clock be slewed by (adjtimex), and
/// more than oscillators are off. chrony may slew faster, while it works off a large
/// offset: where clients run it, set its maxslewrate, or take a larger bound.
struct DriftBound {
  std::int64_t ppm = 500;

  /// The most that such a clock can have gained or lost in `elapsed_ns` of its own,
  /// rounded up; 0 for no time or less.
  constexpr std::int64_t over(std::int64_t elapsed_ns) const {
    // Within 64 bits up to ten per cent and three months; beyond, nothing is known.
    constexpr std::int64_t kLongest = std::int64_t{1} << 53;
    if (elapsed_ns <= 0) return 0;
    if (elapsed_ns > kLongest) return std::numeric_limits<std::int64_t>::max();
    return (elapsed_ns / 1000 + 1) * ppm / 1000 + 1;
  }
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
