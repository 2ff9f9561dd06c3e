#pragma once

#include <chrono>
#include <memory>

#include <spdlog/logger.h>

#include "server/server_options.h"
#include "server/time/clock/bounded_wall_clock.h"
#include "server/time/clock/clock.h"
#include "server/time/oracle/timestamp_oracle.h"

namespace timeservice {

/// Null without --oracle-state. The clocks outlive it.
std::unique_ptr<oracle::TimestampOracle> make_oracle(const ServerOptions& options, const clock::Clock& clock,
                                                     clock::BoundedWallClock& bounded_clock,
                                                     const std::shared_ptr<spdlog::logger>& log);

/// Writes the last timestamp. A disk that hangs is not waited for longer than `timeout`: the
/// process ends, and the next start goes on as after a crash, further ahead.
void stop_oracle(oracle::TimestampOracle& oracle, const std::shared_ptr<spdlog::logger>& log,
                 std::chrono::milliseconds timeout);

}  // namespace timeservice
