#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "client/cli_bench_report.h"
#include "client/client_error.h"
#include "client/clock_comparison.h"
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
};

/// THE table of output formats.
extern const std::array<OutputRow, 2> kOutputs;

/// Writes a line and sends it off, for a reader at the end of a pipe. Throws
/// std::runtime_error when it cannot be written.
void print_line(const std::string& line);

/// Writes "time-client: ..." to stderr, as one line.
void print_error(std::string_view what);

/// Exactly, in the unit that suits: "12.345 us", "1.200345 ms", "3600.000000001 s".
std::string duration_text(std::int64_t ns);
/// The same with its sign.
std::string signed_duration_text(std::int64_t ns);

/// "2026-11-24T21:30:56.123456789Z".
std::string instant_text(std::int64_t ns);

}  // namespace timeservice::client
