#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace timeservice::test {

/// A call for timestamps that was answered. When it began and ended is by one clock for
/// all calls, that of the machine on which they were recorded.
struct RecordedCall {
  std::int64_t invoked_ns = 0;
  std::int64_t returned_ns = 0;
  std::int64_t first = 0;
  std::int64_t count = 1;
  std::int64_t last() const { return first + count - 1; }
};

/// The promise of get_timestamps: no timestamp twice, and where one call ended before
/// another began, all of its timestamps are below all of the other's. Tells the first
/// violation that it finds, or nothing. O(n log n).
std::optional<std::string> order_violation(std::vector<RecordedCall> calls);

}  // namespace timeservice::test
