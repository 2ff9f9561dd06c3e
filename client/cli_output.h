#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "client/cli_bench_report.h"
#include "client/cli_time_output.h"
#include "client/cli_zone_output.h"
#include "client/client_error.h"
#include "client/clock_comparison.h"
#include "client/true_time.h"
#include "time_service_types.h"

namespace timeservice::client {

/// The exit codes of time-client.
enum ExitCode { kDone = 0, kFailed = 1, kUsage = 2, kCannotConnect = 3, kTimedOut = 4 };

/// The exit code that stands for `error`.
ExitCode exit_code(const ClientError& error);

/// How each kind of result is written. Without the last newline.
struct OutputRow {
  std::string_view name;
  std::string_view help;
  std::string (*time)(const std::string& text);
  std::string (*comparison)(const ClockComparison& comparison);
  std::string (*status)(const ServerStatus& status);
  /// One line of `watch`, measured at `now_ns` by this machine's clock.
  std::string (*watch)(std::int64_t now_ns, const ClockComparison& comparison);
  std::string (*bench)(const BenchReport& report);
  std::string (*now)(const TrueTime& time);
  std::string (*timestamps)(const TimestampRange& range);
  std::string (*check)(const CheckResult& result);
  /// Of a check that could not be made.
  std::string (*check_failure)(std::string_view what);
  std::string (*local)(std::int64_t instant_ns, const LocalTime& local);
  std::string (*resolved)(const std::string& text, const ResolvedTime& resolved);
  std::string (*period)(const ZonePeriod& period);
  std::string (*zones)(const std::vector<std::string>& names);
};

/// THE table of output formats.
extern const std::array<OutputRow, 2> kOutputs;

/// Writes a line and sends it off, for a reader at the end of a pipe. Throws
/// std::runtime_error when it cannot be written.
void print_line(const std::string& line);

/// Several lines, each with its end. As print_line() otherwise.
void print_all(const std::string& lines);

/// Writes "time-client: ..." to stderr, as one line.
void print_error(std::string_view what);

/// Exactly, in the unit that suits: "12.345 us", "1.200345 ms", "3600.000000001 s".
std::string duration_text(std::int64_t ns);
/// The same with its sign.
std::string signed_duration_text(std::int64_t ns);

/// "2026-11-24T21:30:56.123456789Z".
std::string instant_text(std::int64_t ns);

std::string_view state_name(ClockState::type state);
/// "error bound 1.500 us", or that there is none.
std::string error_text(std::int64_t error_ns);

}  // namespace timeservice::client
