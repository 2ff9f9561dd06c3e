#pragma once

#include <memory>

#include <spdlog/logger.h>

#include "server/time/clock/clock_watch.h"
#include "server/time/oracle/oracle_log.h"

namespace timeservice {

// What the clock and the oracle tell of, as lines of the log.
clock::ClockWatch::OnChange clock_log(const std::shared_ptr<spdlog::logger>& log);
oracle::OracleLog oracle_log(const std::shared_ptr<spdlog::logger>& log);

}  // namespace timeservice
