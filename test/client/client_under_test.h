#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include <thrift/TOutput.h>

#include "TimeService.h"
#include "client/client_clock.h"
#include "client/time_client.h"

namespace timeservice::client {

/// Counts the waits between retries instead of waiting; throws at the hundredth.
struct CountedWaits {
  std::vector<std::chrono::milliseconds> waits;
  RetryHooks hooks() {
    return {.sleep =
                [this](std::chrono::milliseconds time) {
                  waits.push_back(time);
                  if (waits.size() == 100) throw std::runtime_error("retries without end");
                },
            .random = [] { return 0.5; }};
  }
};

inline ClientOptions options_for(std::vector<wire::Endpoint> endpoints) {
  apache::thrift::GlobalOutput.setOutputFunction([](const char*) {});
  ClientOptions options;
  options.endpoints = std::move(endpoints);
  return options;
}

/// The line of the E that `call` throws; another exception is the test's failure.
template <typename E, typename Call>
std::string line_of(const Call& call) {
  try {
    call();
  } catch (const E& error) {
    return error.what();
  }
  return "nothing was thrown";
}

/// A time service on this machine's clock, set forward by `ahead_ns`. Its zones shift
/// nothing: what it was asked for can be read off its answers.
class LocalClock : public TimeServiceIf {
 public:
  std::atomic<std::int64_t> ahead_ns = 0;
  ClockState::type state = ClockState::SYNCHRONIZED;
  std::int64_t error_ns = 250;
  std::atomic<std::int64_t> last_timestamp = 1000;

  void get_time(std::string& text) override { text = "Tue Nov 24 21:30:56 2026"; }

  void now(TimeInterval& interval, const std::int64_t max_error_ns) override {
    if (error_ns < 0 || (max_error_ns > 0 && error_ns > max_error_ns)) {
      ClockUnreliable unreliable;
      unreliable.__set_message("the clock may be off");
      unreliable.__set_state(state);
      unreliable.__set_error_ns(error_ns);
      throw unreliable;
    }
    const std::int64_t now_ns = wall_clock_ns() + ahead_ns;
    interval.__set_earliest_ns(now_ns - error_ns);
    interval.__set_latest_ns(now_ns + error_ns);
    interval.__set_state(state);
  }

  void exchange(ClockExchange& reply, const std::int64_t client_send_ns) override {
    reply.__set_client_send_ns(client_send_ns);
    reply.__set_server_receive_ns(wall_clock_ns() + ahead_ns);
    reply.__set_server_send_ns(wall_clock_ns() + ahead_ns);
    reply.__set_error_ns(error_ns);
    reply.__set_state(state);
  }

  void get_timestamps(TimestampRange& range, const std::int32_t count) override {
    if (count < 1) refuse(BadRequestCode::OUT_OF_RANGE, -1);
    range.__set_first(last_timestamp.fetch_add(count) + 1);
    range.__set_count(count);
  }

  void to_local(std::vector<LocalTime>& local_times, const std::vector<std::int64_t>& instants_ns,
                const std::string& zone, const std::string& format) override {
    for (const std::int64_t instant_ns : instants_ns) {
      if (instant_ns < 0) refuse(BadRequestCode::OUT_OF_RANGE, static_cast<int>(local_times.size()));
      LocalTime local;
      local.__set_text(zone + "|" + format + "|" + std::to_string(instant_ns));
      local.__set_utc_offset_s(3600);
      local.__set_abbreviation("ABC");
      local_times.push_back(local);
    }
  }

  void from_local(std::vector<ResolvedTime>& resolved, const std::vector<std::string>& texts,
                  const std::string& zone, const std::string& format,
                  const Disambiguation::type policy) override {
    if (zone != "UTC" || !format.empty()) refuse(BadRequestCode::UNKNOWN_ZONE, -1);
    for (const std::string& text : texts) {
      if (text.empty()) refuse(BadRequestCode::BAD_TEXT, static_cast<int>(resolved.size()));
      ResolvedTime time;
      time.__set_instant_ns(static_cast<std::int64_t>(text.size()));
      time.__set_kind(policy == Disambiguation::REJECT ? LocalKind::UNIQUE : LocalKind::REPEATED);
      time.__set_utc_offset_s(0);
      resolved.push_back(time);
    }
  }

  void zone_periods(std::vector<ZonePeriod>& periods, const std::string&, const std::int64_t from_ns,
                    const std::int64_t until_ns) override {
    if (until_ns <= from_ns) return;
    const std::int64_t middle_ns = from_ns + (until_ns - from_ns + 1) / 2;
    add_period(periods, from_ns, middle_ns);
    if (middle_ns < until_ns) add_period(periods, middle_ns, until_ns);
  }

  void list_zones(std::vector<std::string>& names) override { names = {"Africa/Abidjan", "UTC", "Zulu"}; }

  void get_status(ServerStatus& status) override {
    ClockStatus clock;
    clock.__set_now_ns(wall_clock_ns() + ahead_ns);
    clock.__set_state(state);
    clock.__set_error_ns(error_ns);
    status.__set_version("9.8.7");
    status.__set_started_ns(1);
    status.__set_clock(clock);
  }

 private:
  [[noreturn]] static void refuse(BadRequestCode::type code, int index) {
    BadRequest refused;
    refused.__set_message("no");
    refused.__set_code(code);
    refused.__set_index(index);
    throw refused;
  }

  static void add_period(std::vector<ZonePeriod>& periods, std::int64_t start_ns, std::int64_t end_ns) {
    ZonePeriod period;
    period.__set_start_ns(start_ns);
    period.__set_end_ns(end_ns);
    period.__set_utc_offset_s(static_cast<std::int32_t>(periods.size()));
    period.__set_abbreviation("ABC");
    periods.push_back(period);
  }
};

}  // namespace timeservice::client
