#include "bench/scenarios.h"

#include <algorithm>

#include <fmt/format.h>

#include "bench/measurement.h"
#include "bench/trials.h"

namespace timeservice::bench {
namespace {

constexpr wire::Dialect kPlain = {wire::Protocol::kBinary, wire::Transport::kBuffered};
constexpr std::size_t kPipelined = 32;
/// Of what the limit does in a closed loop, in the open one.
constexpr double kOpenShare = 0.5;

Load with_depth(const BenchOptions& options, std::size_t depth) {
  Load load = options.load;
  load.depth = depth;
  return load;
}

/// The limit, twice, and every mode.
std::vector<Trial> modes_and_limit(const BenchOptions& options, const Load& load) {
  std::vector<Trial> trials;
  for (const std::string_view name : {kLimit, kLimitAgain}) {
    trials.push_back({raw_limit(options.programs, kPlain, std::string(name)), load, std::string(kLimit)});
  }
  for (const host::ModeRow* mode : options.modes) {
    trials.push_back({time_server(options.programs, *mode, plain_dialect(*mode), contestant_name(*mode)),
                      load, std::string(kLimit)});
  }
  return trials;
}

/// Each dialect has a limit of its own: its messages have another length. The noise is
/// that of the first, since it is the machine's.
std::vector<Trial> dialects_and_limits(const BenchOptions& options, const Load& load) {
  std::vector<Trial> trials;
  for (const host::ModeRow* mode : options.modes) {
    if (!mode->takes_io_threads) continue;
    for (const wire::Dialect dialect : dialects_of(*mode)) {
      const std::string limit = fmt::format("{} {}", kLimit, name_of(dialect));
      const auto is_limit = [&](const Trial& trial) { return trial.contestant.name == limit; };
      const bool first = trials.empty();
      if (std::none_of(trials.begin(), trials.end(), is_limit)) {
        trials.push_back({raw_limit(options.programs, dialect, limit), load, limit});
      }
      if (first) {
        trials.push_back({raw_limit(options.programs, dialect, std::string(kLimitAgain)), load, limit});
      }
      trials.push_back(
          {time_server(options.programs, *mode, dialect, fmt::format("{} {}", mode->name, name_of(dialect))),
           load, limit});
    }
  }
  return trials;
}

void add(Report& report, std::vector<Row> rows) {
  for (Row& row : rows) report.rows.push_back(std::move(row));
}

}  // namespace

std::string contestant_name(const host::ModeRow& mode) {
  return fmt::format("{}{}", mode.name, mode.carries_buffered ? "" : " framed");
}

void run_one_by_one(const ScenarioRow& scenario, const BenchOptions& options, Report& report) {
  add(report, run_trials(scenario.name, modes_and_limit(options, with_depth(options, 1)), options));
}

void run_pipelined(const ScenarioRow& scenario, const BenchOptions& options, Report& report) {
  add(report, run_trials(scenario.name, modes_and_limit(options, with_depth(options, kPipelined)), options));
}

void run_dialects(const ScenarioRow& scenario, const BenchOptions& options, Report& report) {
  for (const std::size_t depth : {std::size_t{1}, kPipelined}) {
    const auto trials = dialects_and_limits(options, with_depth(options, depth));
    if (trials.empty()) {
      report.skipped.push_back(fmt::format("{}: no mode with event loops is among --modes", scenario.name));
      return;
    }
    add(report,
        run_trials(fmt::format("{} {}x{}", scenario.name, options.load.connections, depth), trials, options));
  }
}

// Beside the same again, which tells the noise.
void run_metrics(const ScenarioRow& scenario, const BenchOptions& options, Report& report) {
  for (const std::size_t depth : {std::size_t{1}, kPipelined}) {
    std::vector<Trial> trials;
    const Load load = with_depth(options, depth);
    for (const host::ModeRow* mode : options.modes) {
      const std::string name = contestant_name(*mode);
      const Contestant plain = time_server(options.programs, *mode, plain_dialect(*mode), name);
      Contestant again = plain;
      again.name = name + " again";
      trials.push_back({plain, load, name});
      trials.push_back({again, load, name});
      trials.push_back({with_metrics(plain, name + " with metrics"), load, name});
    }
    add(report,
        run_trials(fmt::format("{} {}x{}", scenario.name, options.load.connections, depth), trials, options));
  }
}

void run_open_loop(const ScenarioRow& scenario, const BenchOptions& options, Report& report) {
  Load load = with_depth(options, 1);
  const Round limit =
      measure(raw_limit(options.programs, kPlain, std::string(kLimit)), load, options.server_core());
  if (!limit.error.empty()) {
    report.rows.push_back({.scenario = std::string(scenario.name),
                           .name = std::string(kLimit),
                           .dialect = kPlain,
                           .load = load,
                           .base = {},
                           .rounds = {limit}});
    return;
  }
  load.rate = kOpenShare * limit.calls_per_second;
  auto trials = modes_and_limit(options, load);
  // Every server is asked the same, so that there is nothing to compare but latencies.
  for (Trial& trial : trials) trial.base.clear();
  add(report, run_trials(scenario.name, trials, options));
}

}  // namespace timeservice::bench
