#pragma once

#include "client/cli_output.h"
#include "client/time_client.h"

namespace timeservice::client {

struct CliOptions;

/// Calls get_time() for a while, by an AsyncTimeClient for each connection: a call that
/// was answered is followed by the next, one that failed by none. Prints the report,
/// and if calls failed, why the first did.
///
/// Of a TimeClient it needs nothing. Throws the ClientError of a connection's first
/// call, before anything is measured.
ExitCode run_bench(TimeClient& client, const CliOptions& options);

}  // namespace timeservice::client
