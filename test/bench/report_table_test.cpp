#include "bench/report_table.h"

#include "bench/scenarios.h"
#include "test/support/catch.h"

namespace timeservice::bench {
namespace {

Row row(std::string_view name, std::string_view base, std::vector<Round> rounds) {
  return {.scenario = "16x1",
          .name = std::string(name),
          .dialect = {wire::Protocol::kBinary, wire::Transport::kBuffered},
          .load = {},
          .base = std::string(base),
          .rounds = std::move(rounds)};
}

Row control(std::vector<Round> rounds) { return row(kLimitAgain, kLimit, std::move(rounds)); }

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST_CASE("a table has a line for each row, with median and range", "[bench]") {
  const std::string text = report_table(
      {.rows = {
           row("some", kLimit,
               {{.calls_per_second = 1000, .p50_us = 1.5, .p99_us = 2.5, .p999_us = 3.5, .ratio = 0.25},
                {.calls_per_second = 3000, .p50_us = 1.5, .p99_us = 2.5, .p999_us = 3.5, .ratio = 0.75}})}});
  CHECK(holds(text, "16x1: 16 connections x 1 outstanding\n"));
  CHECK(holds(text, "  some        2000  0.500 (0.250..0.750) "));
  CHECK(holds(text, "  1.5       2.5       3.5"));
}

TEST_CASE("a column is there where some row has something in it, and is explained then", "[bench]") {
  const std::string one = report_table({.rows = {row("some", "", {{.max_us = 7.5}})}});
  for (const char* missing : {"ratio", "cpu", "memory", "bytes/idle"}) CHECK_FALSE(holds(one, missing));
  CHECK(holds(one, "max"));
  CHECK(holds(one, "       7.5\n"));
  const std::string two =
      report_table({.rows = {row("some", "", {{.max_us = 7.5}}), row("other", kLimit, {{.ratio = 0.5}})}});
  CHECK(holds(two, "ratio: to the limit"));
  CHECK_FALSE(holds(two, "memory"));
}

TEST_CASE("a row without a good round is void, and has no figure", "[bench]") {
  const std::string text =
      report_table({.rows = {row("some", kLimit, {{.error = "broke", .calls_per_second = 4321}})}});
  CHECK(holds(text, "  some        void\n"));
  CHECK_FALSE(holds(text, "4321"));
}

TEST_CASE("the noise is what the limit differs by from itself, and much of it is said to be much",
          "[bench]") {
  const std::string quiet = report_table({.rows = {control({{.ratio = 0.96}, {.ratio = 1.04}})}});
  CHECK(holds(quiet, "Noise, the limit held against itself: 16x1 1.000 (0.960..1.040)\n"));
  CHECK_FALSE(holds(quiet, "That is much"));
  for (const double ratio : {0.85, 1.15}) {
    CHECK(holds(report_table({.rows = {control({{.ratio = 1.0}, {.ratio = ratio}})}}), "That is much"));
  }
  CHECK_FALSE(holds(report_table({.rows = {row("some", kLimit, {{.ratio = 0.1}})}}), "Noise"));
  Row beside_idle = control({{.ratio = 0.5}});  // held against itself without them: that is no noise
  beside_idle.idle_connections = 10;
  CHECK_FALSE(holds(report_table({.rows = {beside_idle}}), "Noise"));
}

TEST_CASE("what was skipped is said", "[bench]") {
  CHECK(holds(report_table({.skipped = {"idle: too many"}}), "SKIPPED idle: too many\n"));
}

}  // namespace
}  // namespace timeservice::bench
