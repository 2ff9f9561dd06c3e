#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "server/host/modes.h"
#include "wire/detect.h"

namespace timeservice::bench {

/// The programs that are measured.
struct Programs {
  std::string time_server;
  /// This program, which the raw limit is a part of.
  std::string time_bench;
};

/// A server that is measured, and what is spoken to it.
struct Contestant {
  std::string name;
  wire::Dialect dialect;
  /// The path of a program and its arguments.
  std::vector<std::string> command;
  /// So many with each call of get_timestamps; 0: get_time is called.
  std::int32_t timestamps = 0;
};

/// Binary over the plainest transport that the mode carries.
wire::Dialect plain_dialect(const host::ModeRow& mode);

/// Every protocol over every transport.
std::vector<wire::Dialect> all_dialects();

/// Every dialect that the mode carries.
std::vector<wire::Dialect> dialects_of(const host::ModeRow& mode);

/// "framed json", say.
std::string name_of(wire::Dialect dialect);

/// time-server in that mode, on one event loop where it has such; `max_connections`
/// where it is not 0.
Contestant time_server(const Programs& programs, const host::ModeRow& mode, wire::Dialect dialect,
                       std::string name, std::size_t max_connections = 0);

/// The same, with its calls measured, as for /metrics.
Contestant with_metrics(Contestant contestant, std::string name);

/// The raw limit.
Contestant raw_limit(const Programs& programs, wire::Dialect dialect, std::string name);

}  // namespace timeservice::bench
