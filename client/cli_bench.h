#pragma once

#include "client/cli_output.h"
#include "client/time_client.h"

namespace timeservice::client {

struct CliOptions;

/// Calls get_time() for a while, by an AsyncTimeClient for each connection: a call that
/// was answered is followed by the next at once, one that failed after a pause. Prints the
/// report, whatever has failed, and at its time why the first call did. kFailed where a call
/// failed or none was answered; one that an overloaded server did not run is no failure.
///
/// Of a TimeClient it needs nothing. Throws the ClientError of a search for a dialect.
ExitCode run_bench(TimeClient& client, const CliOptions& options);

}  // namespace timeservice::client
