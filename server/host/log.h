#pragma once

#include <array>
#include <memory>
#include <string_view>

#include <spdlog/logger.h>

namespace timeservice::host {

struct LogLevelRow {
  std::string_view name;
  spdlog::level::level_enum level;
};

/// The levels that --log-level takes.
inline constexpr auto kLogLevels = std::to_array<LogLevelRow>({
    {"debug", spdlog::level::debug},
    {"info", spdlog::level::info},
    {"warning", spdlog::level::warn},
    {"error", spdlog::level::err},
    {"off", spdlog::level::off},
});

struct LogFormatRow {
  std::string_view name;
  bool json;
};

/// The formats that --log-format takes.
inline constexpr auto kLogFormats = std::to_array<LogFormatRow>({{"text", false}, {"json", true}});

inline constexpr const LogLevelRow& kInfo = kLogLevels[1];
inline constexpr const LogFormatRow& kText = kLogFormats[0];

/// A logger to standard error, one line an event, with UTC times; as JSON a JsonLog.
std::shared_ptr<spdlog::logger> make_log(const LogLevelRow& level = kInfo,
                                         const LogFormatRow& format = kText);

/// Sends what Thrift's library prints by itself to `log`, at debug level: it has
/// one place for the whole process.
void route_thrift_output(std::shared_ptr<spdlog::logger> log);

}  // namespace timeservice::host
