#include "bench/report_json.h"

#include <nlohmann/json.hpp>

#include "bench/machine.h"

namespace timeservice::bench {
namespace {

using nlohmann::ordered_json;

ordered_json json_of(const std::optional<double>& value) {
  return value ? ordered_json(*value) : ordered_json(nullptr);
}

double seconds(std::chrono::nanoseconds time) { return std::chrono::duration<double>(time).count(); }

ordered_json json_of(const Load& load) {
  return {{"connections", load.connections},
          {"depth", load.depth},
          {"rate", load.rate > 0 ? ordered_json(load.rate) : ordered_json(nullptr)}};
}

ordered_json json_of(const Summary& summary) {
  return {{"calls_per_second", summary.calls_per_second},
          {"ratio", json_of(summary.ratio)},
          {"least_ratio", json_of(summary.least_ratio)},
          {"largest_ratio", json_of(summary.largest_ratio)},
          {"p50_us", summary.p50_us},
          {"p99_us", summary.p99_us},
          {"p999_us", summary.p999_us},
          {"max_us", summary.max_us},
          {"user_seconds_per_million_calls", json_of(summary.user_seconds)},
          {"system_seconds_per_million_calls", json_of(summary.system_seconds)},
          {"peak_bytes", json_of(summary.peak_bytes)},
          {"bytes_per_idle_connection", json_of(summary.bytes_per_idle_connection)}};
}

ordered_json json_of(const Round& round) {
  if (!round.error.empty()) return {{"error", round.error}};
  return {{"error", nullptr},
          {"calls", round.calls},
          {"calls_per_second", round.calls_per_second},
          {"ratio", json_of(round.ratio)},
          {"p50_us", round.p50_us},
          {"p99_us", round.p99_us},
          {"p999_us", round.p999_us},
          {"max_us", round.max_us},
          {"user_seconds", json_of(round.user_seconds)},
          {"system_seconds", json_of(round.system_seconds)},
          {"peak_bytes", json_of(round.peak_bytes)},
          {"bytes_per_idle_connection", json_of(round.bytes_per_idle_connection)}};
}

ordered_json json_of(const Row& row) {
  ordered_json json = {{"scenario", row.scenario},
                       {"name", row.name},
                       {"protocol", wire::name(row.dialect.protocol)},
                       {"transport", wire::name(row.dialect.transport)},
                       {"load", json_of(row.load)},
                       {"idle_connections", row.idle_connections},
                       {"base", row.base.empty() ? ordered_json(nullptr) : ordered_json(row.base)},
                       {"median", json_of(summarized(row))},
                       {"rounds", ordered_json::array()}};
  for (const Round& round : row.rounds) json["rounds"].push_back(json_of(round));
  return json;
}

ordered_json json_of(const Machine& machine) {
  return {{"cores", machine.cores},
          {"processor", machine.processor},
          {"system", machine.system},
          {"release", machine.release},
          {"architecture", machine.architecture}};
}

}  // namespace

std::string report_json(const Report& report, const BenchOptions& options) {
  ordered_json json = {{"machine", json_of(this_machine())},
                       {"date", today()},
                       {"settings",
                        {{"rounds", options.rounds},
                         {"seconds", seconds(options.load.window)},
                         {"warm_up_seconds", seconds(options.load.warm_up)},
                         {"pinned", options.pin}}},
                       {"rows", ordered_json::array()},
                       {"skipped", report.skipped},
                       {"errors", errors_of(report)}};
  for (const Row& row : report.rows) json["rows"].push_back(json_of(row));
  // An error may quote whatever bytes a server sent.
  return json.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace timeservice::bench
