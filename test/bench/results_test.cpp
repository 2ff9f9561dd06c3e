#include "bench/results.h"

#include "test/support/catch.h"

namespace timeservice::bench {
namespace {

Row row_of(std::vector<Round> rounds) {
  return {.scenario = "16x1",
          .name = "some",
          .dialect = {wire::Protocol::kBinary, wire::Transport::kBuffered},
          .load = {},
          .base = "limit",
          .rounds = std::move(rounds)};
}

TEST_CASE("the median is the middle one, or the mean of the middle two", "[bench]") {
  CHECK(median({}) == 0);
  CHECK(median({5}) == 5);
  CHECK(median({9, 1, 5}) == 5);
  CHECK(median({9, 1, 5, 7}) == 6);
}

TEST_CASE("a row is summed up by medians, and its ratio by least and largest too", "[bench]") {
  const Summary summary = summarized(row_of({{.calls_per_second = 10, .p99_us = 3, .ratio = 0.5},
                                             {.calls_per_second = 30, .p99_us = 1, .ratio = 0.9},
                                             {.calls_per_second = 20, .p99_us = 2, .ratio = 0.8}}));
  CHECK(summary.calls_per_second == 20);
  CHECK(summary.p99_us == 2);
  CHECK(summary.ratio == 0.8);
  CHECK(summary.least_ratio == 0.5);
  CHECK(summary.largest_ratio == 0.9);
}

TEST_CASE("processor time is that of all rounds, for a million of their calls", "[bench]") {
  const Summary summary = summarized(row_of({{.calls = 1000, .user_seconds = 0.25, .system_seconds = 1.0},
                                             {.calls = 3000, .user_seconds = 0.75, .system_seconds = 1.0}}));
  CHECK(summary.user_seconds == 250);
  CHECK(summary.system_seconds == 500);
}

TEST_CASE("a void round counts for nothing, and its error is told", "[bench]") {
  const Row row = row_of({{.error = "it broke", .calls_per_second = 1000, .calls = 100, .user_seconds = 7.0},
                          {.calls_per_second = 10, .calls = 1, .user_seconds = 1.0},
                          {.calls_per_second = 12, .calls = 1, .user_seconds = 1.0}});
  CHECK(summarized(row).calls_per_second == 11);
  CHECK(summarized(row).user_seconds == 1e6);
  CHECK(errors_of({.rows = {row}}) == std::vector<std::string>{"16x1, some, round 1: it broke"});
}

TEST_CASE("what was never measured is unknown, not 0", "[bench]") {
  const Summary summary = summarized(row_of({{.calls_per_second = 10, .calls = 5}}));
  CHECK_FALSE(summary.ratio);
  CHECK_FALSE(summary.user_seconds);
  CHECK_FALSE(summary.peak_bytes);
  CHECK_FALSE(summary.bytes_per_idle_connection);
}

}  // namespace
}  // namespace timeservice::bench
