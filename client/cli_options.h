#pragma once

#include <chrono>
#include <stdexcept>
#include <string>

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
  /// Exchanges per measurement.
  int samples = 8;
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
};

/// A command line that cannot be meant; what() names the flag, its value, and what
/// would be right.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Reads the command line, and the environment for the flags that are not on it.
/// Throws UsageError.
CliOptions parse_options(int argc, const char* const argv[]);

/// What --help prints.
std::string help_text();

}  // namespace timeservice::client
