#include <exception>

#include <fmt/format.h>

#include "bench/canned_calls.h"
#include "bench/idle_connections.h"
#include "bench/measurement.h"
#include "bench/scenarios.h"
#include "bench/trials.h"

namespace timeservice::bench {
namespace {

/// Besides connections: pipes, logs, what libraries open; time-server keeps as many.
constexpr std::size_t kOtherDescriptors = 128;

std::vector<Contestant> contestants(const BenchOptions& options, std::size_t connections) {
  const wire::Dialect plain = {wire::Protocol::kBinary, wire::Transport::kBuffered};
  std::vector<Contestant> all = {raw_limit(options.programs, plain, std::string(kLimit)),
                                 raw_limit(options.programs, plain, std::string(kLimitAgain))};
  for (const host::ModeRow* mode : options.modes) {
    all.push_back(
        time_server(options.programs, *mode, plain_dialect(*mode), contestant_name(*mode), connections));
  }
  return all;
}

/// Two rows for each contestant: without idle connections, and with them.
std::vector<Row> rows_for(const ScenarioRow& scenario, const std::vector<Contestant>& contestants,
                          const BenchOptions& options) {
  std::vector<Row> rows;
  for (const Contestant& contestant : contestants) {
    Row row{.scenario = std::string(scenario.name),
            .name = contestant.name,
            .dialect = contestant.dialect,
            .load = options.load,
            .base = std::string(contestant.name == kLimitAgain ? kLimit : "")};
    rows.push_back(row);
    row.name += fmt::format(", {} idle", options.idle_connections);
    row.base = contestant.name;
    row.idle_connections = options.idle_connections;
    rows.push_back(std::move(row));
  }
  return rows;
}

/// One server process, measured twice.
void measure_both(const Contestant& contestant, const BenchOptions& options, Round& without, Round& with) {
  // If the server does not even start, neither has a figure.
  without.error = with.error = "not measured";
  Round* measuring = &without;
  try {
    const CannedCalls calls(contestant.dialect);
    ChildServer server(contestant.command, options.server_core());
    without = measure_running(server.endpoint(), calls, options.load, &server);
    measuring = &with;
    const auto before = static_cast<double>(server.resident_bytes());
    const IdleConnections idle(server.endpoint(), calls, options.idle_connections, options.load.patience);
    const auto after = static_cast<double>(server.resident_bytes());
    with = measure_running(server.endpoint(), calls, options.load, &server);
    with.bytes_per_idle_connection = (after - before) / static_cast<double>(options.idle_connections);
    server.stop();
  } catch (const std::exception& error) {
    *measuring = {.error = error.what()};
  }
}

}  // namespace

void run_idle(const ScenarioRow& scenario, const BenchOptions& options, Report& report) {
  const std::size_t connections = options.idle_connections + options.load.connections;
  const std::size_t descriptors = raise_descriptor_limit();
  if (connections + kOtherDescriptors > descriptors) {
    report.skipped.push_back(
        fmt::format("{}: {} idle connections need {} descriptors, and a process may open {}: raise ulimit "
                    "-n, or name fewer --idle-connections",
                    scenario.name, options.idle_connections, connections + kOtherDescriptors, descriptors));
    return;
  }
  const auto all = contestants(options, connections);
  auto rows = rows_for(scenario, all, options);
  for (std::size_t round = 0; round < options.rounds; ++round) {
    say_progress(scenario.name, round, options);
    for (Row& row : rows) row.rounds.emplace_back();
    for (const std::size_t i : shuffled(all.size(), round)) {
      measure_both(all[i], options, rows[2 * i].rounds.back(), rows[2 * i + 1].rounds.back());
    }
    set_ratios(rows, round);
  }
  for (Row& row : rows) report.rows.push_back(std::move(row));
}

}  // namespace timeservice::bench
