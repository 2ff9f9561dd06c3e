#include "server/host/metric_families.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <ctime>
#include <fstream>
#include <limits>
#include <locale>
#include <map>
#include <string>
#include <utility>
#include <vector>

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

/// What the process tells now, by name.
std::map<std::string, double> of_process() {
  MetricFamilies families;
  add_process_metrics(families);
  std::map<std::string, double> values;
  for (const auto& family : families) {
    const auto& sample = family.metric.at(0);
    values[family.name] =
        family.type == prometheus::MetricType::Counter ? sample.counter.value : sample.gauge.value;
  }
  return values;
}

/// In user and in system mode.
std::pair<double, double> cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return {seconds(used.ru_utime), seconds(used.ru_stime)};
}

/// A line of /proc/self/status, which is in kB.
double status_bytes(const std::string& name) {
  std::ifstream file("/proc/self/status");
  for (std::string word; file >> word;) {
    if (double kib = 0; word == name + ":" && file >> kib) return kib * 1024;
  }
  FAIL("there is no " << name);
  return 0;
}

TEST_CASE("a process tells what Prometheus's clients tell", "[metrics]") {
  const auto values = of_process();
  CHECK(values.at("process_resident_memory_bytes") > 0.5 * status_bytes("VmRSS"));
  CHECK(values.at("process_resident_memory_bytes") < 2 * status_bytes("VmRSS"));
  CHECK(values.at("process_virtual_memory_bytes") > 0.5 * status_bytes("VmSize"));
  CHECK(values.at("process_virtual_memory_bytes") < 2 * status_bytes("VmSize"));

  double since_boot = 0;
  std::ifstream("/proc/uptime") >> since_boot;
  const double boot = static_cast<double>(std::time(nullptr)) - since_boot;
  const double started = values.at("process_start_time_seconds");
  CHECK(started <= static_cast<double>(std::time(nullptr)) + 2);
  CHECK(started > boot - 2);
  // By name, so that it holds for whatever a program is called.
  char name[16] = {};
  ::prctl(PR_GET_NAME, name);
  ::prctl(PR_SET_NAME, "a) 1 2 (b) 3");
  CHECK(of_process().at("process_start_time_seconds") == started);
  ::prctl(PR_SET_NAME, name);
}

TEST_CASE("a process began when its clock says, not when the machine did", "[metrics]") {
  // A child has just begun.
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const auto before = static_cast<double>(std::time(nullptr));
  const pid_t child = ::fork();
  if (child == 0) {
    const double started = of_process().at("process_start_time_seconds");
    ::_exit(::write(ends[1], &started, sizeof started) == sizeof started ? 0 : 1);
  }
  double started = 0;
  CHECK(::read(ends[0], &started, sizeof started) == sizeof started);
  ::waitpid(child, nullptr, 0);
  for (const int end : ends) ::close(end);
  CHECK(started > before - 3);  // the time of the boot is told in whole seconds
  CHECK(started < static_cast<double>(std::time(nullptr)) + 3);
}

TEST_CASE("a process tells of its processor time in both modes", "[metrics]") {
  const auto [user, system] = cpu_seconds();
  std::ifstream zeros("/dev/zero");
  std::vector<char> room(1 << 20);
  while (cpu_seconds().first < user + 0.1) static_cast<void>(of_process());
  while (cpu_seconds().second < system + 0.1)
    zeros.read(room.data(), static_cast<std::streamsize>(room.size()));
  constexpr double kTicks = 0.05;
  const auto before = cpu_seconds();
  const double told = of_process().at("process_cpu_seconds_total");
  const auto after = cpu_seconds();
  CHECK(told >= before.first + before.second - kTicks);
  CHECK(told <= after.first + after.second + kTicks);
}

TEST_CASE("a process counts the descriptors that are open, and those that may be", "[metrics]") {
  double open = 0;
  for (int fd = 0; fd < 4096; ++fd) open += ::fcntl(fd, F_GETFD) >= 0 ? 1 : 0;
  CHECK(of_process().at("process_open_fds") == open);
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  rlimit low = before;
  low.rlim_cur = 200;
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &low) == 0);
  CHECK(of_process().at("process_max_fds") == 200);
  ::setrlimit(RLIMIT_NOFILE, &before);
}

}  // namespace
}  // namespace timeservice::host
