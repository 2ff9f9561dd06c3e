#include "client/reply_promises.h"

#include <cstdlib>
#include <cstring>
#include <functional>
#include <limits>

#include <thrift/protocol/TProtocolException.h>

#include "test/support/catch.h"

namespace timeservice::client {
namespace {

using apache::thrift::protocol::TProtocolException;

constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();

// Thrift sets __isset only where it reads.

TimeInterval interval(std::int64_t earliest, std::int64_t latest, ClockState::type state) {
  TimeInterval interval;
  interval.earliest_ns = earliest;
  interval.__isset.earliest_ns = true;
  interval.latest_ns = latest;
  interval.__isset.latest_ns = true;
  interval.state = state;
  interval.__isset.state = true;
  return interval;
}

TimestampRange range(std::int64_t first, std::int32_t count) {
  TimestampRange range;
  range.first = first;
  range.__isset.first = true;
  range.count = count;
  range.__isset.count = true;
  return range;
}

LocalTime local_time() {
  LocalTime local;
  local.text = "";
  local.__isset.text = true;
  local.utc_offset_s = 0;
  local.__isset.utc_offset_s = true;
  local.abbreviation = "";
  local.__isset.abbreviation = true;
  return local;
}

ResolvedTime resolved_time(std::int64_t instant_ns) {
  ResolvedTime time;
  time.instant_ns = instant_ns;
  time.__isset.instant_ns = true;
  time.kind = LocalKind::SKIPPED;
  time.__isset.kind = true;
  time.utc_offset_s = 0;
  time.__isset.utc_offset_s = true;
  return time;
}

ZonePeriod period(std::int64_t start_ns, std::int64_t end_ns) {
  ZonePeriod period;
  period.start_ns = start_ns;
  period.__isset.start_ns = true;
  period.end_ns = end_ns;
  period.__isset.end_ns = true;
  period.utc_offset_s = 0;
  period.__isset.utc_offset_s = true;
  period.abbreviation = "";
  period.__isset.abbreviation = true;
  return period;
}

void check(TimeInterval interval) { check_interval(interval); }
void check(std::vector<ResolvedTime> resolved, std::size_t sent) { check_resolved(resolved, sent); }

TEST_CASE("an interval has both its ends, in order, and a state that promises them", "[reply_promises]") {
  CHECK_NOTHROW(check(interval(-5, 5, ClockState::SYNCHRONIZED)));
  CHECK_NOTHROW(check(interval(5, 5, ClockState::HOLDOVER)));
  CHECK_THROWS_AS(check(interval(6, 5, ClockState::SYNCHRONIZED)), TProtocolException);
  CHECK_THROWS_AS(check(interval(0, 5, ClockState::UNKNOWN)), TProtocolException);
  CHECK_THROWS_AS(check(interval(0, 5, ClockState::UNSYNCHRONIZED)), TProtocolException);
  for (const int missing : {0, 1, 2}) {
    TimeInterval incomplete = interval(0, 0, ClockState::SYNCHRONIZED);
    if (missing == 0) incomplete.__isset.earliest_ns = false;
    if (missing == 1) incomplete.__isset.latest_ns = false;
    if (missing == 2) incomplete.state = ClockState::UNKNOWN;  // as what is missing reads
    CHECK_THROWS_AS(check(incomplete), TProtocolException);
  }
  TimeInterval future = interval(0, 5, ClockState::SYNCHRONIZED);
  const int number = 9;
  std::memcpy(&future.state, &number, sizeof(number));
  CHECK_THROWS_AS(check(future), TProtocolException);
}

TEST_CASE("timestamps are as many as were asked for, within 64 bits", "[reply_promises]") {
  CHECK_NOTHROW(check_range(range(5, 3), 3));
  CHECK_NOTHROW(check_range(range(kMax - 2, 3), 3));
  CHECK_THROWS_AS(check_range(range(kMax - 1, 3), 3), TProtocolException);
  CHECK_THROWS_AS(check_range(range(5, 2), 3), TProtocolException);
  CHECK_THROWS_AS(check_range(range(5, 4), 3), TProtocolException);
  TimestampRange incomplete = range(0, 3);
  incomplete.__isset.first = false;
  CHECK_THROWS_AS(check_range(incomplete, 3), TProtocolException);
}

TEST_CASE("local times are as many as were sent, and whole", "[reply_promises]") {
  CHECK_NOTHROW(check_local_times({}, 0));
  CHECK_NOTHROW(check_local_times({local_time(), local_time()}, 2));
  CHECK_THROWS_AS(check_local_times({local_time()}, 2), TProtocolException);
  CHECK_THROWS_AS(check_local_times({local_time()}, 0), TProtocolException);
  for (const int missing : {0, 1, 2}) {
    LocalTime incomplete = local_time();
    if (missing == 0) incomplete.__isset.text = false;
    if (missing == 1) incomplete.__isset.utc_offset_s = false;
    if (missing == 2) incomplete.__isset.abbreviation = false;
    CHECK_THROWS_AS(check_local_times({local_time(), incomplete}, 2), TProtocolException);
  }
}

TEST_CASE("resolved times are as many as were sent, and whole", "[reply_promises]") {
  CHECK_NOTHROW(check({resolved_time(0)}, 1));
  CHECK_THROWS_AS(check({resolved_time(0)}, 2), TProtocolException);
  CHECK_THROWS_AS(check({resolved_time(kMin)}, 1), TProtocolException);
  for (const int missing : {0, 1}) {
    ResolvedTime incomplete = resolved_time(0);
    if (missing == 0) incomplete.__isset.instant_ns = false;
    if (missing == 1) incomplete.__isset.utc_offset_s = false;
    CHECK_THROWS_AS(check({incomplete}, 1), TProtocolException);
  }
  std::vector<ResolvedTime> future = {resolved_time(0)};
  const int number = 9;
  std::memcpy(&future[0].kind, &number, sizeof(number));
  check_resolved(future, 1);
  CHECK(future[0].kind == LocalKind::UNKNOWN);
}

TEST_CASE("periods cover what was asked for, without a hole", "[reply_promises]") {
  CHECK_NOTHROW(check_periods({}, 5, 5));
  CHECK_NOTHROW(check_periods({}, 5, 4));
  CHECK_NOTHROW(check_periods({period(0, 10)}, 0, 10));
  CHECK_NOTHROW(check_periods({period(0, 4), period(4, 10)}, 0, 10));
  const std::vector<std::vector<ZonePeriod>> broken = {
      {},
      {period(1, 10)},
      {period(0, 9)},
      {period(0, 11)},
      {period(0, 4), period(5, 10)},
      {period(0, 5), period(4, 10)},
      {period(0, 0), period(0, 10)},
      {period(4, 10), period(0, 4)},
  };
  for (const auto& periods : broken) {
    CHECK_THROWS_AS(check_periods(periods, 0, 10), TProtocolException);
  }
  CHECK_THROWS_AS(check_periods({period(5, 5)}, 5, 5), TProtocolException);
  for (const int missing : {0, 1, 2, 3}) {
    ZonePeriod incomplete = period(0, 10);
    if (missing == 0) incomplete.__isset.start_ns = false;
    if (missing == 1) incomplete.__isset.end_ns = false;
    if (missing == 2) incomplete.__isset.utc_offset_s = false;
    if (missing == 3) incomplete.__isset.abbreviation = false;
    CHECK_THROWS_AS(check_periods({incomplete}, 0, 10), TProtocolException);
  }
}

TEST_CASE("zones are in byte order, each once", "[reply_promises]") {
  CHECK_THROWS_AS(check_zones({}), TProtocolException);
  CHECK_NOTHROW(check_zones({"Africa/Abidjan", "UTC", "Zulu"}));
  CHECK_THROWS_AS(check_zones({"UTC", "Africa/Abidjan"}), TProtocolException);
  CHECK_THROWS_AS(check_zones({"UTC", "UTC"}), TProtocolException);
  CHECK_THROWS_AS(check_zones({"", "UTC"}), TProtocolException);
}

TEST_CASE("offsets from UTC are within a day", "[reply_promises]") {
  for (const std::int32_t day : {86'400, -86'400, 86'399, -86'399}) {
    CAPTURE(day);
    LocalTime local = local_time();
    ResolvedTime resolved = resolved_time(0);
    ZonePeriod of_zone = period(0, 10);
    local.utc_offset_s = resolved.utc_offset_s = of_zone.utc_offset_s = day;
    if (std::abs(day) < 86'400) {
      CHECK_NOTHROW(check_local_times({local}, 1));
      CHECK_NOTHROW(check({resolved}, 1));
      CHECK_NOTHROW(check_periods({of_zone}, 0, 10));
    } else {
      CHECK_THROWS_AS(check_local_times({local}, 1), TProtocolException);
      CHECK_THROWS_AS(check({resolved}, 1), TProtocolException);
      CHECK_THROWS_AS(check_periods({of_zone}, 0, 10), TProtocolException);
    }
  }
}

TEST_CASE("a status has its version, its start and its clock", "[reply_promises]") {
  for (const int missing : {-1, 0, 1, 2, 3}) {
    CAPTURE(missing);
    ServerStatus status;
    status.clock.__isset.now_ns = missing != 0;
    status.__isset.clock = missing != 1;
    status.__isset.started_ns = missing != 2;
    status.__isset.version = missing != 3;
    if (missing < 0) CHECK_NOTHROW(check_status(status));
    if (missing >= 0) CHECK_THROWS_AS(check_status(status), TProtocolException);
  }
}

}  // namespace
}  // namespace timeservice::client
