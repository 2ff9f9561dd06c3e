#include "server/host/metric_families.h"

#include <array>
#include <cmath>
#include <limits>
#include <locale>

#include "server/host/process_metrics.h"
#include "test/support/catch.h"

namespace timeservice::host {
namespace {

TEST_CASE("counters and gauges are written with their help, their type and their labels", "[metrics]") {
  MetricFamilies families;
  auto& calls = add_counters(families, "calls_total", "Calls.");
  add_sample(calls, 3, {{"method", "Echo.echo"}, {"kind", "good"}});
  add_sample(calls, 0, {{"method", "Echo.note"}, {"kind", "good"}});
  add_gauge(families, "open", "Open ones.", 2.5);
  CHECK(metrics_text(families) ==
        "# HELP calls_total Calls.\n"
        "# TYPE calls_total counter\n"
        "calls_total{method=\"Echo.echo\",kind=\"good\"} 3\n"
        "calls_total{method=\"Echo.note\",kind=\"good\"} 0\n"
        "# HELP open Open ones.\n"
        "# TYPE open gauge\n"
        "open 2.5\n");
}

TEST_CASE("what would break a line is escaped, in labels and in the help", "[metrics]") {
  MetricFamilies families;
  add_sample(add_gauges(families, "odd", "two\nlines, a \\ and a \""), 1, {{"text", "a\"b\\c\nd"}});
  CHECK(metrics_text(families) ==
        "# HELP odd two\\nlines, a \\\\ and a \"\n"
        "# TYPE odd gauge\n"
        "odd{text=\"a\\\"b\\\\c\\nd\"} 1\n");
}

TEST_CASE("a number is written as Prometheus reads it, however large, and in any locale", "[metrics]") {
  struct Thousands : std::numpunct<char> {
    char do_thousands_sep() const override { return '.'; }
    char do_decimal_point() const override { return ','; }
    std::string do_grouping() const override { return "\3"; }
  };
  const std::locale before = std::locale::global(std::locale(std::locale::classic(), new Thousands));
  MetricFamilies families;
  auto& family = add_gauges(families, "n", "N.");
  for (const double value :
       {1234567890123456.0, 1795695999.25, 5e-7, -1.0, std::numeric_limits<double>::infinity(),
        -std::numeric_limits<double>::infinity()}) {
    add_sample(family, value);
  }
  const std::string text = metrics_text(families);
  std::locale::global(before);
  CHECK(text ==
        "# HELP n N.\n# TYPE n gauge\nn 1234567890123456\nn 1795695999.25\nn 5e-07\nn -1\nn +Inf\nn -Inf\n");
}

TEST_CASE("buckets are cumulative, and the one without an end holds them all", "[metrics]") {
  MetricFamilies families;
  const std::array<double, 3> bounds = {0.00001, 0.1, 2.5};
  const std::array<std::uint64_t, 4> counts = {1, 0, 4, 2};
  add_histogram(add_histograms(families, "took_seconds", "Took."), bounds, counts, 12.5, {{"method", "m"}});
  CHECK(metrics_text(families) ==
        "# HELP took_seconds Took.\n"
        "# TYPE took_seconds histogram\n"
        "took_seconds_count{method=\"m\"} 7\n"
        "took_seconds_sum{method=\"m\"} 12.5\n"
        "took_seconds_bucket{method=\"m\",le=\"1e-05\"} 1\n"
        "took_seconds_bucket{method=\"m\",le=\"0.1\"} 1\n"
        "took_seconds_bucket{method=\"m\",le=\"2.5\"} 5\n"
        "took_seconds_bucket{method=\"m\",le=\"+Inf\"} 7\n");
}

TEST_CASE("a family without samples is left out", "[metrics]") {
  MetricFamilies families;
  add_counters(families, "calls_total", "Calls, by method.");
  CHECK(metrics_text(families).empty());
}

TEST_CASE("a process tells what Prometheus's clients tell", "[metrics]") {
  MetricFamilies families;
  add_process_metrics(families);
  const auto value = [&](std::string_view name) {
    for (const auto& family : families) {
      if (family.name == name) {
        return family.type == prometheus::MetricType::Counter ? family.metric.at(0).counter.value
                                                              : family.metric.at(0).gauge.value;
      }
    }
    FAIL("there is no " << name);
    return 0.0;
  };
  CHECK(value("process_cpu_seconds_total") >= 0);
  CHECK(value("process_open_fds") >= 3);
  CHECK(value("process_max_fds") >= value("process_open_fds"));
  CHECK(value("process_resident_memory_bytes") > 1e6);
  CHECK(value("process_virtual_memory_bytes") > value("process_resident_memory_bytes"));
  const auto now = static_cast<double>(std::time(nullptr));
  CHECK(value("process_start_time_seconds") <= now + 2);
  CHECK(value("process_start_time_seconds") > now - 86400);
}

}  // namespace
}  // namespace timeservice::host
