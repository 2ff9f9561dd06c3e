#pragma once

#include <string_view>

#include "client/cli_output.h"
#include "client/time_client.h"

namespace timeservice::client {

struct CliOptions;

/// Compares this machine's clock and prints one line of a monitoring plugin, whose exit
/// codes it has: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN, the last also where the server
/// gives no bound on its own error, unless that does not count.
ExitCode run_check(TimeClient& client, const CliOptions& options);

/// UNKNOWN, for what has gone wrong before or in it. `output` may be null.
ExitCode fail_check(const OutputRow* output, std::string_view what);

}  // namespace timeservice::client
