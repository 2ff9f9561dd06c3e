#include "bench/contestants.h"

#include <fmt/format.h>

namespace timeservice::bench {

wire::Dialect plain_dialect(const host::ModeRow& mode) {
  return {wire::Protocol::kBinary,
          mode.carries_buffered ? wire::Transport::kBuffered : wire::Transport::kFramed};
}

std::vector<wire::Dialect> all_dialects() {
  std::vector<wire::Dialect> dialects;
  for (const auto& transport : wire::kTransports) {
    if (transport.transport == wire::Transport::kAuto) continue;
    for (const auto& protocol : wire::kProtocols) {
      if (protocol.protocol == wire::Protocol::kAuto) continue;
      dialects.push_back({protocol.protocol, transport.transport});
    }
  }
  return dialects;
}

std::vector<wire::Dialect> dialects_of(const host::ModeRow& mode) {
  std::vector<wire::Dialect> dialects = all_dialects();
  if (!mode.carries_buffered) {
    std::erase_if(dialects,
                  [](wire::Dialect dialect) { return dialect.transport == wire::Transport::kBuffered; });
  }
  return dialects;
}

std::string name_of(wire::Dialect dialect) {
  return fmt::format("{} {}", wire::name(dialect.transport), wire::name(dialect.protocol));
}

Contestant time_server(const Programs& programs, const host::ModeRow& mode, wire::Dialect dialect,
                       std::string name, std::size_t max_connections) {
  std::vector<std::string> command = {
      programs.time_server, "--mode", std::string(mode.name), "--listen", "127.0.0.1:0",
      "--log-level",        "error"};
  if (mode.takes_io_threads) command.insert(command.end(), {"--io-threads", "1"});
  if (max_connections > 0) {
    command.insert(command.end(), {"--max-connections", std::to_string(max_connections)});
  }
  return {std::move(name), dialect, std::move(command)};
}

Contestant with_metrics(Contestant contestant, std::string name) {
  contestant.name = std::move(name);
  contestant.command.insert(contestant.command.end(), {"--admin", "127.0.0.1:0"});
  return contestant;
}

Contestant raw_limit(const Programs& programs, wire::Dialect dialect, std::string name) {
  return {std::move(name),
          dialect,
          {programs.time_bench, "raw-limit", "--protocol", std::string(wire::name(dialect.protocol)),
           "--transport", std::string(wire::name(dialect.transport))}};
}

}  // namespace timeservice::bench
