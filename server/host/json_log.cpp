#include "server/host/json_log.h"

#include <utility>

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/sink.h>

namespace timeservice::host {
namespace {

using nlohmann::ordered_json;

/// As members stand in an object, without its braces.
std::string members(std::string_view message, const ordered_json& parts) {
  ordered_json object = {{"message", message}};
  object.update(parts);
  const std::string text = object.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
  return text.substr(1, text.size() - 2);
}

}  // namespace

JsonLog::JsonLog(std::string name, const spdlog::sink_ptr& sink) : spdlog::logger(std::move(name), sink) {
  sink->set_formatter(std::make_unique<spdlog::pattern_formatter>(
      R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})", spdlog::pattern_time_type::utc));
}

void JsonLog::log_parts(spdlog::level::level_enum level, std::string_view message,
                        const ordered_json& parts) {
  if (!should_log(level)) return;
  const std::string text = members(message, parts);
  spdlog::logger::sink_it_(spdlog::details::log_msg(name(), level, text));
}

void JsonLog::sink_it_(const spdlog::details::log_msg& line) {
  const std::string text = members({line.payload.data(), line.payload.size()}, ordered_json::object());
  spdlog::details::log_msg object = line;
  object.payload = text;
  spdlog::logger::sink_it_(object);
}

}  // namespace timeservice::host
