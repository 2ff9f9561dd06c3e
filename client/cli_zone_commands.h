#pragma once

#include "client/cli_output.h"
#include "client/time_client.h"

namespace timeservice::client {

struct CliOptions;

/// The commands about zones. Items come from the words behind the command or, without
/// words, a line each from standard input; a bad one ends the command, and is named by
/// its number, from 1.
ExitCode run_to_local(TimeClient& client, const CliOptions& options);
ExitCode run_from_local(TimeClient& client, const CliOptions& options);
ExitCode run_periods(TimeClient& client, const CliOptions& options);
ExitCode run_zones(TimeClient& client, const CliOptions& options);

}  // namespace timeservice::client
