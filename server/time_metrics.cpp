#include "server/time_metrics.h"

#include <algorithm>
#include <array>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace timeservice {
namespace {

using host::add_counter;
using host::add_counters;
using host::add_gauge;
using host::add_gauges;
using host::add_sample;
using host::MetricFamilies;
using nlohmann::ordered_json;

double seconds(std::int64_t ns) { return static_cast<double>(ns) / 1e9; }
double seconds(std::chrono::nanoseconds duration) { return seconds(duration.count()); }

void add_clock(MetricFamilies& families, clock::BoundedWallClock& bounded_clock) {
  const ClockStatus clock = bounded_clock.status();
  auto& states =
      add_gauges(families, "clock_state", "1 for the state that the clock is in, 0 for the others.");
  for (const auto& [state, name] : _ClockState_VALUES_TO_NAMES) {
    add_sample(states, clock.state == state ? 1 : 0, {{"state", name}});
  }
  // A bound of 0, or none at all, would look like the best of clocks.
  add_gauge(families, "clock_error_bound_seconds",
            "The clock is at most so far from true time; NaN where nothing can be promised.",
            clock.error_ns < 0 ? std::numeric_limits<double>::quiet_NaN() : seconds(clock.error_ns));
  add_counter(families, "clock_steps_total", "Times that the clock was set.",
              static_cast<double>(clock.steps));
  add_gauge(families, "clock_pending_leap_seconds", "The leap second that is announced: 1, -1 or 0.",
            clock.pending_leap_s);
  add_sample(add_gauges(families, "clock_bound_source_info", "What bounds the clock's error: always 1."), 1,
             {{"source", clock.bound_source}});
}

void add_oracle(MetricFamilies& families, const oracle::TimestampOracle& oracle) {
  const OracleStatus status = oracle.status();
  const oracle::OracleCounts counts = oracle.counts();
  add_gauge(families, "oracle_serving", "1 while timestamps can be handed out.",
            status.role == OracleRole::SERVING ? 1 : 0);
  add_gauge(families, "oracle_holding", "1 while timestamps do not follow a clock that jumped ahead.",
            counts.holding ? 1 : 0);
  add_gauge(families, "oracle_window_seconds", "How far ahead of the clock the watermark is written.",
            seconds(oracle.options().window));
  add_gauge(families, "oracle_ahead_seconds", "How far the last timestamp is ahead of the clock.",
            seconds(status.ahead_ns));
  add_gauge(families, "oracle_last_timestamp_seconds", "The last timestamp, in seconds since 1970.",
            seconds(status.last_timestamp));
  add_gauge(families, "oracle_watermark_seconds",
            "No timestamp above it is handed out until more is durable, in seconds since 1970.",
            seconds(status.watermark));
  add_counter(families, "oracle_timestamps_total", "Timestamps handed out.",
              static_cast<double>(counts.timestamps));
  add_counter(families, "oracle_writes_total", "Writes of the watermark, also those that failed.",
              static_cast<double>(counts.writes));
  add_counter(families, "oracle_write_failures_total", "Writes of the watermark that failed.",
              static_cast<double>(counts.write_failures));
  add_counter(families, "oracle_write_seconds_total", "How long all writes of the watermark took.",
              seconds(counts.writing));
  if (counts.written) {
    add_gauge(families, "oracle_last_write_timestamp_seconds",
              "When a watermark was made durable last, in seconds since 1970.", seconds(counts.written->ns));
  }
}

void add_zones(MetricFamilies& families, const zone::ZoneCatalog& zones) {
  add_gauge(families, "zones_loaded", "Names of time zones that may be asked for.",
            static_cast<double>(zones.names().size()));
  add_gauge(families, "zones_missing", "Names of the tz database that have no file.",
            static_cast<double>(zones.missing().size()));
  add_sample(add_gauges(families, "tzdb_info", "The release of the tz database: always 1."), 1,
             {{"version", zones.version()}});
}

void add_refusals(MetricFamilies& families, const Refusals& refusals) {
  auto& family = add_counters(families, "requests_refused_total",
                              "Calls that were answered with an exception of the contract, by its code.");
  for (const Refusals::Count& refused : refusals.counts()) {
    add_sample(family, static_cast<double>(refused.count),
               {{"exception", refused.exception}, {"code", refused.code}});
  }
}

ordered_json clock_status(clock::BoundedWallClock& bounded_clock) {
  const clock::BoundedTime time = bounded_clock.read();
  const ClockStatus clock = bounded_clock.status();
  return {{"state", to_string(time.state)},
          {"error_ns", time.error_ns},
          {"reason", time.reason},
          {"bound_source", clock.bound_source},
          {"steps", clock.steps},
          {"pending_leap_s", clock.pending_leap_s},
          {"tai_offset_s", clock.tai_offset_s}};
}

ordered_json oracle_status(const oracle::TimestampOracle* oracle) {
  if (oracle == nullptr) return {{"role", to_string(OracleRole::DISABLED)}};
  const OracleStatus status = oracle->status();
  const oracle::OracleCounts counts = oracle->counts();
  return {{"role", to_string(status.role)},
          {"last_timestamp", status.last_timestamp},
          {"watermark", status.watermark},
          {"ahead_ns", status.ahead_ns},
          {"window_ns", oracle->options().window.count()},
          {"holding", counts.holding},
          {"timestamps", counts.timestamps},
          {"writes", counts.writes},
          {"write_failures", counts.write_failures},
          {"failure", counts.failure}};
}

ordered_json zones_status(const zone::ZoneCatalog& zones) {
  return {{"tzdb_version", zones.version()},
          {"loaded", zones.names().size()},
          {"missing", zones.missing().size()}};
}

}  // namespace

std::string oracle_failure(const oracle::TimestampOracle& oracle) {
  if (oracle.status().role == OracleRole::SERVING) return "";
  const std::string failure = oracle.counts().failure;
  return fmt::format("no timestamps can be handed out: {}",
                     failure.empty() ? "the disk does not take the watermark in time" : failure);
}

host::Admin::Registration add_time(host::Admin& admin, const TimeSources& sources, const Refusals& refusals) {
  auto all = std::make_shared<std::vector<host::Admin::Registration>>();
  all->push_back(admin.add_metrics([sources, &refusals](MetricFamilies& families) {
    add_clock(families, sources.bounded_clock);
    if (sources.oracle != nullptr) add_oracle(families, *sources.oracle);
    add_zones(families, sources.zones);
    add_refusals(families, refusals);
  }));
  all->push_back(
      admin.add_status("clock", [&bounded = sources.bounded_clock] { return clock_status(bounded); }));
  all->push_back(admin.add_status("oracle", [oracle = sources.oracle] { return oracle_status(oracle); }));
  all->push_back(admin.add_status("zones", [&zones = sources.zones] { return zones_status(zones); }));
  if (sources.oracle != nullptr) {
    all->push_back(admin.health().watch([oracle = sources.oracle] { return oracle_failure(*oracle); }));
  }
  return host::Admin::Registration(std::move(all));
}

}  // namespace timeservice
