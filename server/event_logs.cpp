#include "server/event_logs.h"

#include <string>

namespace timeservice {

clock::ClockWatch::OnChange clock_log(const std::shared_ptr<spdlog::logger>& log) {
  return [log](const clock::BoundedTime& time) {
    const std::string state = to_string(time.state);
    if (time.error_ns < 0) {
      log->warn("clock: {}: now() is refused: {}", state, time.reason);
    } else {
      log->info("clock: {}, at most {} ns from true time", state, time.error_ns);
    }
  };
}

oracle::OracleLog oracle_log(const std::shared_ptr<spdlog::logger>& log) {
  return [log](oracle::Severity severity, const std::string& line) {
    const auto level = severity == oracle::Severity::kInfo      ? spdlog::level::info
                       : severity == oracle::Severity::kWarning ? spdlog::level::warn
                                                                : spdlog::level::err;
    log->log(level, "{}", line);
  };
}

}  // namespace timeservice
