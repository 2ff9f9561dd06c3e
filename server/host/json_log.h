#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>
#include <spdlog/logger.h>

namespace timeservice::host {

/// A logger each of whose lines is a JSON object: "time", "level", "message", and behind
/// them the parts of what a line tells, where it has such. Bytes that are no UTF-8 become
/// U+FFFD. Any thread.
class JsonLog : public spdlog::logger {
 public:
  /// It sets the sink's format.
  JsonLog(std::string name, const spdlog::sink_ptr& sink);

  /// `parts` is an object, of which none is named as one of the first three.
  void log_parts(spdlog::level::level_enum level, std::string_view message,
                 const nlohmann::ordered_json& parts);

 protected:
  void sink_it_(const spdlog::details::log_msg& line) override;
};

}  // namespace timeservice::host
