#pragma once

#include <array>
#include <string_view>

#include "bench/bench_options.h"
#include "bench/results.h"

namespace timeservice::bench {

/// A question that servers are asked.
struct ScenarioRow {
  std::string_view name;
  std::string_view help;
  /// Adds its rows to the report, or to what was skipped.
  void (*run)(const ScenarioRow& scenario, const BenchOptions& options, Report& report);
};

void run_one_by_one(const ScenarioRow& scenario, const BenchOptions& options, Report& report);
void run_pipelined(const ScenarioRow& scenario, const BenchOptions& options, Report& report);
void run_dialects(const ScenarioRow& scenario, const BenchOptions& options, Report& report);
void run_idle(const ScenarioRow& scenario, const BenchOptions& options, Report& report);
void run_timestamps(const ScenarioRow& scenario, const BenchOptions& options, Report& report);
void run_metrics(const ScenarioRow& scenario, const BenchOptions& options, Report& report);
void run_open_loop(const ScenarioRow& scenario, const BenchOptions& options, Report& report);

/// THE table of scenarios. It feeds --help and validation.
inline constexpr auto kScenarios = std::to_array<ScenarioRow>({
    {"16x1", "16 connections, on each one call at a time", &run_one_by_one},
    {"16x32", "16 connections, on each 32 calls outstanding", &run_pipelined},
    {"dialects", "the same in every protocol and transport, in the modes with event loops", &run_dialects},
    {"idle", "16 busy connections beside --idle-connections that only made one call", &run_idle},
    {"timestamps",
     "16 x 32 calls of get_timestamps for 1 and for 100, held against get_time of the same mode",
     &run_timestamps},
    {"metrics", "16 x 1 and 16 x 32 with calls measured, held against the same mode without", &run_metrics},
    {"open", "calls at a fixed rate, half of what the limit does in 16x1: latencies", &run_open_loop},
});

/// What everything is held against, and the same again: how far their ratio is from
/// 1 is how far every other ratio may be off.
inline constexpr std::string_view kLimit = "limit";
inline constexpr std::string_view kLimitAgain = "limit again";

/// A mode's name in a report; with its transport where that is not the plainest.
std::string contestant_name(const host::ModeRow& mode);

}  // namespace timeservice::bench
