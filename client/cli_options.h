#pragma once

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "client/cli_commands.h"
#include "client/client_options.h"

namespace timeservice::client {

/// What time-client was asked to do. Plain data.
struct CliOptions {
  /// May name kAuto, which search_dialect() replaces by what the server takes.
  ClientOptions client;
  const OutputRow* output = &kOutputs[0];
  /// Null for --help and --version.
  const CommandRow* command = nullptr;
  bool help = false;
  bool version = false;
  /// What stands behind the command.
  std::vector<std::string> words = {};
  /// Exchanges per measurement.
  int samples = 8;
  /// Of now: the largest error that is good enough; 0 for any.
  std::chrono::nanoseconds max_error{0};
  /// Of to-local, from-local and periods.
  std::string zone = "UTC";
  /// Empty for ISO 8601.
  std::string format = {};
  /// Of from-local.
  Disambiguation::type policy = Disambiguation::REJECT;
  /// Of periods: as they were written.
  std::optional<std::string> from = {};
  std::optional<std::string> until = {};
  /// Of check: off by more than the one is a WARNING (by default 100 ms, or `critical`
  /// where that is less), than the other CRITICAL,
  std::optional<std::chrono::nanoseconds> warning = {};
  std::chrono::nanoseconds critical = std::chrono::seconds(1);
  /// from the server's clock, whose own error is left out; otherwise from true time.
  bool against_server = false;
  /// Of watch: from one measurement to the next,
  std::chrono::milliseconds interval{1000};
  /// and how many; 0 for ever.
  int count = 0;
  /// Of bench: how many connections,
  int connections = 1;
  /// how many calls at once on each,
  int in_flight = 32;
  /// and for how long.
  std::chrono::milliseconds seconds{5000};
  /// Lines for whoever started it: what was given and has no effect.
  std::vector<std::string> warnings = {};
};

/// A command line that cannot be meant; what() names the flag, its value, and what
/// would be right.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The command line asks for check, whatever else is wrong with it.
bool asks_for_check(int argc, const char* const argv[]);

/// Reads the command line, and the environment for the flags that are not on it.
/// Throws UsageError.
CliOptions parse_options(int argc, const char* const argv[]);

/// What --help prints.
std::string help_text();

}  // namespace timeservice::client
