#pragma once

#include <optional>

#include "bench/child_server.h"
#include "bench/contestants.h"
#include "bench/load_generator.h"
#include "bench/results.h"

namespace timeservice::bench {

/// Loads a server that is running; with `child`, reads what it used meanwhile.
/// Throws LoadError and WrongReply.
Round measure_running(const wire::Endpoint& endpoint, const MeasuredCalls& calls, const Load& load,
                      const ChildServer* child);

/// Starts the contestant, loads it and ends it. What goes wrong is the round's error.
Round measure(const Contestant& contestant, const Load& load, std::optional<int> core);

}  // namespace timeservice::bench
