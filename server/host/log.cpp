#include "server/host/log.h"

#include <utility>

#include <nlohmann/json.hpp>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <thrift/TOutput.h>
#include <thrift/Thrift.h>

namespace timeservice::host {
namespace {

/// The message as the inside of a JSON string: "%J" in a pattern.
class JsonText : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& out) override {
    const std::string text(message.payload.data(), message.payload.size());
    const std::string quoted =
        nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    out.append(quoted.data(), quoted.data() + quoted.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override { return std::make_unique<JsonText>(); }
};

std::unique_ptr<spdlog::formatter> formatter(bool json) {
  auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
  formatter->add_flag<JsonText>('J');
  formatter->set_pattern(json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","message":%J})"
                              : "%Y-%m-%dT%H:%M:%S.%eZ %l: %v");
  return formatter;
}

/// Thrift takes a plain function, so that needs a plain place to find the logger.
/// Never destroyed: threads may still print while the process ends.
std::shared_ptr<spdlog::logger>& thrift_log() {
  static auto* const log = new std::shared_ptr<spdlog::logger>;
  return *log;
}

void log_thrift_line(const char* line) { thrift_log()->debug("thrift: {}", line); }

}  // namespace

std::shared_ptr<spdlog::logger> make_log(const LogLevelRow& level, const LogFormatRow& format) {
  auto log = std::make_shared<spdlog::logger>("server", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  log->set_formatter(formatter(format.json));
  log->set_level(level.level);
  log->flush_on(spdlog::level::debug);
  return log;
}

void route_thrift_output(std::shared_ptr<spdlog::logger> log) {
  thrift_log() = std::move(log);
  apache::thrift::GlobalOutput.setOutputFunction(&log_thrift_line);
}

}  // namespace timeservice::host
