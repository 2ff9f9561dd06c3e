#include "client/cli_output.h"

#include <cerrno>
#include <cstdio>
#include <ctime>
#include <stdexcept>
#include <system_error>

#include <fmt/format.h>

#include "client/cli_json.h"

namespace timeservice::client {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

std::string measured_text(const ClockComparison& comparison) {
  return fmt::format("offset {} ± {} (delay {}, best of {})", signed_duration_text(comparison.offset_ns),
                     duration_text(comparison.bound_ns), duration_text(comparison.delay_ns),
                     comparison.samples);
}

std::string comparison_text(const ClockComparison& comparison) {
  return fmt::format("{}, server state {}, {}", measured_text(comparison), state_name(comparison.state),
                     error_text(comparison.server_error_ns));
}

std::string watch_text(std::int64_t now_ns, const ClockComparison& comparison) {
  return fmt::format("{} {}", instant_text(now_ns), measured_text(comparison));
}

std::string time_text(const std::string& text) { return printable(text); }

std::string time_json(const std::string& text) { return dump({{"time", text}}); }

std::string comparison_json(const ClockComparison& comparison) { return dump(comparison_object(comparison)); }

std::string watch_json(std::int64_t now_ns, const ClockComparison& comparison) {
  nlohmann::json line = comparison_object(comparison);
  line["time_ns"] = now_ns;
  return dump(line);
}

/// The size of `ns`, which for the least number is no int64.
std::uint64_t magnitude(std::int64_t ns) {
  return ns < 0 ? 0 - static_cast<std::uint64_t>(ns) : static_cast<std::uint64_t>(ns);
}

std::string magnitude_text(std::uint64_t ns) {
  if (ns < 1'000'000) return fmt::format("{}.{:03} us", ns / 1000, ns % 1000);
  if (ns < 1'000'000'000) return fmt::format("{}.{:06} ms", ns / 1'000'000, ns % 1'000'000);
  return fmt::format("{}.{:09} s", ns / 1'000'000'000, ns % 1'000'000'000);
}

}  // namespace

constinit const std::array<OutputRow, 2> kOutputs = {{
    {"text", "for people", time_text, comparison_text, status_text, watch_text, bench_text, now_text,
     timestamps_text, check_text, check_failure_text, local_text, resolved_text, period_text, zones_text},
    {"json", "one object a line; counts of nanoseconds, null for a bound that is not promised", time_json,
     comparison_json, status_json, watch_json, bench_json, now_json, timestamps_json, check_json,
     check_failure_json, local_json, resolved_json, period_json, zones_json},
}};

nlohmann::json comparison_object(const ClockComparison& comparison) {
  return {{"offset_ns", comparison.offset_ns},
          {"delay_ns", comparison.delay_ns},
          {"bound_ns", comparison.bound_ns},
          {"server_error_ns", bound_json(comparison.server_error_ns)},
          {"client_error_ns", bound_json(comparison.client_error_ns())},
          {"samples", comparison.samples},
          {"discarded", comparison.discarded},
          {"state", state_name(comparison.state)}};
}

ExitCode exit_code(const ClientError& error) {
  if (dynamic_cast<const ConnectError*>(&error)) return kCannotConnect;
  if (dynamic_cast<const TimeoutError*>(&error)) return kTimedOut;
  return kFailed;
}

void print_line(const std::string& line) { print_all(line + '\n'); }

void print_all(const std::string& lines) {
  if (std::fputs(lines.c_str(), stdout) < 0 || std::fflush(stdout) != 0) {
    throw std::runtime_error(
        fmt::format("standard output: cannot be written: {}", std::generic_category().message(errno)));
  }
}

void print_error(std::string_view what) {
  const std::string line = fmt::format("time-client: {}\n", printable(what));
  std::fputs(line.c_str(), stderr);
}

std::string duration_text(std::int64_t ns) { return (ns < 0 ? "-" : "") + magnitude_text(magnitude(ns)); }

std::string signed_duration_text(std::int64_t ns) {
  return (ns < 0 ? "-" : "+") + magnitude_text(magnitude(ns));
}

std::string_view state_name(ClockState::type state) {
  return _ClockState_VALUES_TO_NAMES.at(static_cast<int>(known_state(state)));
}

std::string error_text(std::int64_t error_ns) {
  return error_ns < 0 ? "no error bound" : fmt::format("error bound {}", duration_text(error_ns));
}

std::string instant_text(std::int64_t ns) {
  const std::int64_t fraction = (ns % kSecond + kSecond) % kSecond;
  const auto seconds = static_cast<std::time_t>(ns / kSecond - (ns % kSecond < 0 ? 1 : 0));
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:09}Z", utc.tm_year + 1900, utc.tm_mon + 1,
                     utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, fraction);
}

}  // namespace timeservice::client
