#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "client/cli_output.h"
#include "client/time_client.h"

namespace timeservice::client {

struct CliOptions;

/// One thing that time-client can do. `run` writes the result, and throws the
/// ClientError of a call that failed.
struct CommandRow {
  std::string_view name;
  std::string_view help;
  ExitCode (*run)(TimeClient& client, const CliOptions& options);
  /// How many words may stand behind it.
  std::size_t most_words = 0;
};

/// THE table of commands.
extern const std::array<CommandRow, 12> kCommands;

}  // namespace timeservice::client
