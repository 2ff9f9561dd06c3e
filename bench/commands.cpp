#include "bench/commands.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>

#include <fmt/format.h>
#include <sched.h>

#include "bench/canned_calls.h"
#include "bench/chart_svg.h"
#include "bench/idle_connections.h"
#include "bench/machine.h"
#include "bench/measurement.h"
#include "bench/raw_limit.h"
#include "bench/report_json.h"
#include "bench/report_table.h"
#include "bench/scenarios.h"
#include "server/host/start_error.h"

namespace timeservice::bench {
namespace {

constexpr int kLoadCore = 1;

/// A file to write to when all is measured; opened before, so that a path that
/// cannot be written to is noticed at once.
std::ofstream open_file(std::string_view flag, const std::string& path) {
  std::ofstream file;
  if (path.empty()) return file;
  file.open(path);
  if (!file) throw host::UsageError(fmt::format("{} {}: the file cannot be written", flag, path));
  return file;
}

/// Where the numbers go.
struct Outputs {
  explicit Outputs(const BenchOptions& options)
      : json(open_file("--json", options.json)), chart(open_file("--chart", options.chart)) {}

  std::ofstream json;
  std::ofstream chart;
};

/// Writes everything; the exit code.
int publish(const Report& report, const BenchOptions& options, Outputs& outputs) {
  fmt::print("{}", report_table(report));
  if (outputs.json.is_open()) outputs.json << report_json(report, options);
  if (outputs.chart.is_open()) {
    outputs.chart << chart_svg(report, fmt::format("{}, {}", to_string(this_machine()), today()));
  }
  for (const std::string& line : report.skipped) fmt::print(stderr, "time-bench: SKIPPED {}\n", line);
  const auto errors = errors_of(report);
  for (const std::string& error : errors) fmt::print(stderr, "time-bench: void: {}\n", error);
  return errors.empty() ? EXIT_SUCCESS : EXIT_FAILURE;
}

void pin_load() {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(static_cast<unsigned>(kLoadCore), &cores);
  if (::sched_setaffinity(0, sizeof cores, &cores) != 0) {
    throw host::UsageError("--pin needs the cores 0 and 1, and this process may not use them: leave it out");
  }
}

}  // namespace

int run_compare(const BenchOptions& options) {
  Outputs outputs(options);
  raise_descriptor_limit();
  if (options.pin) pin_load();
  Report report;
  for (const ScenarioRow* scenario : options.scenarios) scenario->run(*scenario, options, report);
  return publish(report, options, outputs);
}

int run_load(const BenchOptions& options) {
  Outputs outputs(options);
  raise_descriptor_limit();
  Row row{.scenario = "load",
          .name = wire::to_string(options.endpoint),
          .dialect = options.dialect,
          .load = options.load,
          .base = {}};
  Round round;
  try {
    round = measure_running(options.endpoint, CannedCalls(options.dialect), options.load, nullptr);
  } catch (const std::exception& error) {
    round.error = error.what();
  }
  row.rounds.push_back(round);
  Report report;
  report.rows.push_back(row);
  return publish(report, options, outputs);
}

int be_raw_limit(const BenchOptions& options) { serve_raw_limit(options.dialect, options.port); }

}  // namespace timeservice::bench
