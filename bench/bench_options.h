#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bench/contestants.h"
#include "bench/load_generator.h"
#include "wire/endpoint.h"

namespace timeservice::bench {

struct CommandRow;   // commands.h
struct ScenarioRow;  // scenarios.h

/// What time-bench was told.
struct BenchOptions {
  const CommandRow* command = nullptr;
  bool help = false;

  /// Of `compare`.
  std::vector<const ScenarioRow*> scenarios = {};
  std::vector<const host::ModeRow*> modes = {};
  Programs programs = {};
  std::size_t rounds = 5;
  /// Connections without a call, in the scenario `idle`.
  std::size_t idle_connections = 10'000;
  /// Servers on core 0, the load on core 1.
  bool pin = false;
  std::string chart = {};

  /// Of `compare`, without what its scenarios say, and of `load`.
  Load load = {};
  std::string json = {};

  /// Of `load` and `raw-limit`.
  wire::Dialect dialect = {wire::Protocol::kBinary, wire::Transport::kBuffered};
  /// Of `load`.
  wire::Endpoint endpoint = {.host = "localhost", .port = 9090, .path = {}};
  /// Of `raw-limit`.
  std::uint16_t port = 0;

  std::optional<int> server_core() const { return pin ? std::optional(0) : std::nullopt; }
};

/// Throws host::UsageError: one line that names the flag, the reason and the fix.
BenchOptions parse_bench_options(int argc, const char* const* argv);

/// What --help prints.
std::string bench_help();

}  // namespace timeservice::bench
