#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "server/host/host_options.h"
#include "server/host/log.h"
#include "server/time/clock/bound_options.h"
#include "server/time/oracle/timestamp_oracle.h"

namespace timeservice {

/// What time-server was told, by flags, environment and configuration file.
struct ServerOptions {
  host::HostOptions host = {};
  /// Where health, metrics and status are told; nothing: nowhere.
  std::optional<wire::Endpoint> admin = {};
  /// How long to go on serving after a signal, and say that it drains, before new
  /// connections are refused: a load balancer must hear of it first.
  std::chrono::milliseconds drain_delay{0};
  /// How long calls in flight may take to finish after a signal.
  std::chrono::milliseconds drain_timeout = std::chrono::seconds(10);
  clock::BoundOptions clock = {};
  /// The folder of the tz database.
  std::string zoneinfo = "/usr/share/zoneinfo";
  /// The state file of the oracle; "": it is switched off.
  std::string oracle_state = {};
  /// Make that file first.
  bool oracle_init = false;
  oracle::OracleOptions oracle = {};
  const host::LogLevelRow* log_level = &host::kLogLevels[1];
  const host::LogFormatRow* log_format = &host::kLogFormats[0];
  /// What was said and means nothing, a line each, for the log.
  std::vector<std::string> warnings = {};
  bool help = false;
  bool version = false;
};

/// Reads the command line, the variables TIME_SERVER_... and the file that --config
/// names; a flag goes before a variable, a variable before the file. Throws
/// host::UsageError: one line that names the setting, where it stands, and the fix.
ServerOptions parse_server_options(int argc, const char* const* argv);

/// What --help prints.
std::string server_help();

}  // namespace timeservice
