#include "bench/trials.h"

#include <algorithm>

#include "test/support/catch.h"

namespace timeservice::bench {
namespace {

Row row(std::string name, std::string base, std::vector<Round> rounds) {
  return {.scenario = "16x1",
          .name = std::move(name),
          .dialect = {wire::Protocol::kBinary, wire::Transport::kBuffered},
          .load = {},
          .base = std::move(base),
          .rounds = std::move(rounds)};
}

TEST_CASE("a ratio is to the base's figure of the same round", "[bench]") {
  std::vector<Row> rows = {row("limit", "limit", {{.calls_per_second = 100}, {.calls_per_second = 50}}),
                           row("a", "limit", {{.calls_per_second = 60}, {.calls_per_second = 40}}),
                           row("b", "", {{.calls_per_second = 60}, {.calls_per_second = 40}})};
  set_ratios(rows, 0);
  set_ratios(rows, 1);
  CHECK(rows[0].rounds[1].ratio == 1);
  CHECK(rows[1].rounds[0].ratio == 0.6);
  CHECK(rows[1].rounds[1].ratio == 0.8);
  CHECK_FALSE(rows[2].rounds[0].ratio);
}

TEST_CASE("a void figure, or one held against a void figure, has no ratio", "[bench]") {
  std::vector<Row> rows = {row("limit", "limit", {{.error = "broke"}, {.calls_per_second = 50}}),
                           row("a", "limit", {{.calls_per_second = 60}, {.error = "broke"}})};
  set_ratios(rows, 0);
  set_ratios(rows, 1);
  CHECK_FALSE(rows[1].rounds[0].ratio);
  CHECK_FALSE(rows[1].rounds[1].ratio);
}

TEST_CASE("every round has every trial once, in an order of its own", "[bench]") {
  const auto first = shuffled(8, 0);
  auto sorted = first;
  std::sort(sorted.begin(), sorted.end());
  CHECK(sorted == std::vector<std::size_t>{0, 1, 2, 3, 4, 5, 6, 7});
  CHECK(shuffled(8, 0) == first);
  CHECK(shuffled(8, 1) != first);
}

}  // namespace
}  // namespace timeservice::bench
