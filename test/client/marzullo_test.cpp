#include "client/marzullo.h"

#include <random>

#include "test/support/catch.h"

namespace timeservice::client {
namespace {

TEST_CASE("what enough intervals contain is agreed on", "[marzullo]") {
  struct Row {
    std::vector<Interval> intervals;
    std::size_t needed;
    std::optional<Interval> agreed;
  };
  const Row rows[] = {
      {{}, 1, {}},
      {{{3, 7}}, 1, Interval{3, 7}},
      {{{3, 3}}, 1, Interval{3, 3}},
      {{{0, 5}, {3, 9}}, 2, Interval{3, 5}},
      {{{0, 5}, {5, 9}}, 2, Interval{5, 5}},  // touching is agreeing
      {{{0, 5}, {6, 9}}, 2, {}},
      {{{0, 5}}, 2, {}},
      {{{0, 5}, {3, 9}, {100, 101}}, 2, Interval{3, 5}},
      {{{0, 5}, {3, 9}, {100, 101}}, 3, {}},
      // All three overlap from 5 to 10; but one may be wrong, and true time at 1.
      {{{0, 10}, {0, 10}, {5, 20}}, 2, Interval{0, 10}},
      // Two places where two agree: true time may be in either.
      {{{0, 4}, {3, 9}, {8, 12}}, 2, Interval{3, 9}},
      {{{0, 1}, {0, 1}, {8, 9}, {8, 9}}, 2, Interval{0, 9}},
      {{{-9, 9}, {-9, 9}, {-9, 9}}, 3, Interval{-9, 9}},
  };
  for (const Row& row : rows) {
    CAPTURE(&row - rows);
    CHECK(agreement(row.intervals, row.needed) == row.agreed);
  }
}

TEST_CASE("a point in enough intervals is never left out", "[marzullo]") {
  std::mt19937 random(1);
  const auto below = [&](int limit) {
    return static_cast<std::int64_t>(random() % static_cast<unsigned>(limit));
  };
  for (int round = 0; round < 20'000; ++round) {
    const auto count = static_cast<std::size_t>(1 + below(6));
    const auto needed = static_cast<std::size_t>(1 + below(static_cast<int>(count)));
    std::vector<Interval> intervals;
    for (std::size_t i = 0; i < count; ++i) {
      const std::int64_t earliest = below(20);
      intervals.push_back({earliest, earliest + below(8)});
    }
    std::optional<Interval> exact;
    for (std::int64_t point = 0; point < 30; ++point) {
      std::size_t containing = 0;
      for (const Interval& interval : intervals) {
        containing += interval.earliest_ns <= point && point <= interval.latest_ns;
      }
      if (containing < needed) continue;
      if (!exact) exact = Interval{point, point};
      exact->latest_ns = point;
    }
    CAPTURE(round, count, needed);
    REQUIRE(agreement(intervals, needed) == exact);
  }
}

}  // namespace
}  // namespace timeservice::client
