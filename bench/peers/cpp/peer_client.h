#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "bench/peers/cpp/peer_flags.h"
#include "bench/peers/cpp/peer_phase.h"

namespace timeservice::peers {

/// Makes a framework's connections, and the threads that use them, so that
/// `options.concurrency` calls are under way. Throws where it cannot connect, and
/// Unsupported.
using Connect = std::function<std::vector<Worker>(const ClientOptions& options, const Workload& workload)>;

/// main() of a client: measures, and prints what came out as one line of JSON. Returns 0 if
/// every reply was right, 1 if not, 2 for wrong flags, 3 if the framework has no way to do
/// what they ask for.
int run_peer_client(std::string_view name, int argc, char** argv, const std::vector<Switch>& own,
                    const Connect& connect);

}  // namespace timeservice::peers
