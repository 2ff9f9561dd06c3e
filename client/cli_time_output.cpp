#include "client/cli_time_output.h"

#include <array>

#include <fmt/format.h>

#include "client/cli_json.h"
#include "client/cli_output.h"

namespace timeservice::client {
namespace {

constexpr std::array<std::string_view, 4> kVerdicts = {"OK", "WARNING", "CRITICAL", "UNKNOWN"};

std::string_view name_of(Verdict verdict) { return kVerdicts.at(static_cast<std::size_t>(verdict)); }

std::string_view role_name(OracleRole::type role) {
  return _OracleRole_VALUES_TO_NAMES.at(static_cast<int>(role));
}

std::string or_else(const std::string& text, std::string_view instead) {
  return text.empty() ? std::string(instead) : printable(text);
}

std::string no_bound_text(const CheckResult& result) {
  return fmt::format("the server gives no bound on its own error, state {}{}{}",
                     state_name(result.comparison.state), result.why.empty() ? "" : ": ",
                     printable(result.why));
}

std::string clock_text(const ClockStatus& clock) {
  const std::string tai = clock.tai_offset_s == 0 ? "unknown" : fmt::format("{} s", clock.tai_offset_s);
  return fmt::format(
      "clock   {}, state {}, {}\n"
      "source  {}, {} steps, TAI-UTC {}, leap second {}",
      instant_text(clock.now_ns), state_name(clock.state), error_text(clock.error_ns),
      or_else(clock.bound_source, "none"), clock.steps, tai,
      clock.pending_leap_s == 0 ? "0" : fmt::format("{:+}", clock.pending_leap_s));
}

std::string oracle_text(const OracleStatus& oracle) {
  return fmt::format("oracle  {}, last {}, watermark {}, ahead {}, leader {}", role_name(oracle.role),
                     oracle.last_timestamp, oracle.watermark, duration_text(oracle.ahead_ns),
                     or_else(oracle.leader, "none"));
}

}  // namespace

std::string now_text(const TrueTime& time) {
  return fmt::format("{} +- {}  {}", instant_text(time.middle_ns()), duration_text(time.error_ns()),
                     state_name(time.state));
}

std::string now_json(const TrueTime& time) {
  return dump(
      {{"earliest_ns", time.earliest_ns}, {"latest_ns", time.latest_ns}, {"state", state_name(time.state)}});
}

std::string timestamps_text(const TimestampRange& range) {
  std::string lines = std::to_string(range.first);
  for (std::int32_t i = 1; i < range.count; ++i) lines += fmt::format("\n{}", range.first + i);
  return lines;
}

std::string timestamps_json(const TimestampRange& range) {
  return dump({{"first", range.first}, {"count", range.count}});
}

std::string check_text(const CheckResult& result) {
  const ClockComparison& comparison = result.comparison;
  const std::string measured = fmt::format("offset {}, bound {}", signed_duration_text(comparison.offset_ns),
                                           duration_text(comparison.bound_ns));
  if (result.verdict == Verdict::kUnknown) {
    return fmt::format("UNKNOWN: {} ({})", no_bound_text(result), measured);
  }
  const std::string server =
      result.against_server ? "" : fmt::format(", server {}", duration_text(comparison.server_error_ns));
  return fmt::format("{}: clock is off by at most {} ({}{})", name_of(result.verdict),
                     duration_text(result.off_by_at_most_ns), measured, server);
}

std::string check_json(const CheckResult& result) {
  nlohmann::json object = comparison_object(result.comparison);
  object["verdict"] = name_of(result.verdict);
  object["off_by_at_most_ns"] = bound_json(result.off_by_at_most_ns);
  if (result.verdict == Verdict::kUnknown) object["message"] = no_bound_text(result);
  return dump(object);
}

std::string check_failure_text(std::string_view what) { return fmt::format("UNKNOWN: {}", printable(what)); }

std::string check_failure_json(std::string_view what) {
  return dump({{"verdict", "UNKNOWN"}, {"off_by_at_most_ns", nullptr}, {"message", printable(what)}});
}

std::string status_text(const ServerStatus& status) {
  return fmt::format("version {}\nstarted {}\ntzdb    {}\n{}\n{}", printable(status.version),
                     instant_text(status.started_ns), or_else(status.tzdb_version, "unknown"),
                     clock_text(status.clock), oracle_text(status.oracle));
}

std::string status_json(const ServerStatus& status) {
  const ClockStatus& clock = status.clock;
  const OracleStatus& oracle = status.oracle;
  return dump({{"version", status.version},
               {"started_ns", status.started_ns},
               {"tzdb_version", status.tzdb_version},
               {"clock",
                {{"now_ns", clock.now_ns},
                 {"state", state_name(clock.state)},
                 {"error_ns", bound_json(clock.error_ns)},
                 {"bound_source", clock.bound_source},
                 {"steps", clock.steps},
                 {"tai_offset_s", clock.tai_offset_s},
                 {"pending_leap_s", clock.pending_leap_s}}},
               {"oracle",
                {{"role", role_name(oracle.role)},
                 {"leader", oracle.leader},
                 {"last_timestamp", oracle.last_timestamp},
                 {"watermark", oracle.watermark},
                 {"ahead_ns", oracle.ahead_ns}}}});
}

}  // namespace timeservice::client
