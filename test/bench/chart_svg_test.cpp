#include "bench/chart_svg.h"

#include "test/support/catch.h"

namespace timeservice::bench {
namespace {

Row row(std::string name, double rate) {
  return {.scenario = "16x1",
          .name = std::move(name),
          .dialect = {wire::Protocol::kBinary, wire::Transport::kBuffered},
          .load = {},
          .base = {},
          .rounds = {{.calls_per_second = rate, .p50_us = 10, .p99_us = 20, .calls = 1}}};
}

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST_CASE("a name is text in the chart, whatever is in it", "[bench]") {
  const std::string svg = chart_svg({.rows = {row("<b> & \"c\"", 1)}}, "");
  CHECK(holds(svg, "&lt;b&gt; &amp; &quot;c&quot;"));
  CHECK_FALSE(holds(svg, "<b>"));
}

TEST_CASE("bars are as long as their figures are large", "[bench]") {
  const std::string svg = chart_svg({.rows = {row("fast", 2'000'000), row("slow", 500'000)}}, "");
  CHECK(holds(svg, "width=\"240.0\" height=\"14\" class=\"bar rate mode\"><title>fast: 2000000 calls/s"));
  CHECK(holds(svg, "width=\"60.0\" height=\"14\" class=\"bar rate mode\"><title>slow: 500000 calls/s"));
}

TEST_CASE("a chart tells what it was taken on, how good its figures are and how to read them", "[bench]") {
  Row limit = row("limit", 1'000'000);
  Row again = row("limit again", 1'010'000);
  Row server = row("reactor", 950'000);
  again.base = server.base = "limit";
  again.rounds[0].ratio = 1.01;
  server.rounds = {{.calls_per_second = 940'000, .ratio = 0.93},
                   {.calls_per_second = 960'000, .ratio = 0.97}};
  const std::string svg = chart_svg({.rows = {limit, again, server}}, "2 cores & a date");
  CHECK(holds(svg, ">2 cores &amp; a date<"));
  CHECK(holds(svg, ">950 k, 0.95 (0.93..0.97)<"));
  CHECK(holds(svg, "Noise, the limit held against itself: 16x1 1.010 (1.010..1.010)<"));
  CHECK(holds(svg, "p50 (dark bar): half of the calls"));
  CHECK_FALSE(holds(chart_svg({.rows = {limit}}, ""), "Noise"));
}

TEST_CASE("a chart without rows, or of void rows, is a chart", "[bench]") {
  CHECK(holds(chart_svg({}, ""), "</svg>"));
  Row nothing = row("broken", 0);
  nothing.rounds[0].error = "it broke";
  const std::string svg = chart_svg({.rows = {nothing}}, "");
  CHECK(holds(svg, "width=\"0.0\""));
  CHECK_FALSE(holds(svg, "nan"));
}

}  // namespace
}  // namespace timeservice::bench
