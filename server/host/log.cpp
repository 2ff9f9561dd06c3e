#include "server/host/log.h"

#include <utility>

#include <spdlog/sinks/stdout_sinks.h>
#include <thrift/TOutput.h>
#include <thrift/Thrift.h>

#include "server/host/json_log.h"

namespace timeservice::host {
namespace {

/// Thrift takes a plain function, so that needs a plain place to find the logger.
/// Never destroyed: threads may still print while the process ends.
std::shared_ptr<spdlog::logger>& thrift_log() {
  static auto* const log = new std::shared_ptr<spdlog::logger>;
  return *log;
}

void log_thrift_line(const char* line) { thrift_log()->debug("thrift: {}", line); }

}  // namespace

std::shared_ptr<spdlog::logger> make_log(const LogLevelRow& level, const LogFormatRow& format) {
  const auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  std::shared_ptr<spdlog::logger> log;
  if (format.json) {
    log = std::make_shared<JsonLog>("server", sink);
  } else {
    log = std::make_shared<spdlog::logger>("server", sink);
    log->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l: %v", spdlog::pattern_time_type::utc);
  }
  log->set_level(level.level);
  log->flush_on(spdlog::level::debug);
  return log;
}

void route_thrift_output(std::shared_ptr<spdlog::logger> log) {
  thrift_log() = std::move(log);
  apache::thrift::GlobalOutput.setOutputFunction(&log_thrift_line);
}

}  // namespace timeservice::host
