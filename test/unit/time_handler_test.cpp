#include "server/time/time_handler.h"

#include <cstdint>
#include <memory>

#include "server/host/call_runner.h"
#include "server/time/arrival.h"
#include "server/time/clock/bounded_wall_clock.h"
#include "server/time/clock/clock.h"
#include "server/time/oracle/timestamp_oracle.h"
#include "server/time/zone/zone_catalog.h"
#include "test/support/catch.h"
#include "test/unit/bytes.h"
#include "test/unit/environment.h"
#include "wire/protocol.h"

namespace timeservice {
namespace {

using clock::WallTime;
using test::Bytes;
using test::from_hex;
using test::to_hex;

class ManualClock : public clock::Clock {
 public:
  WallTime wall() const override { return now; }
  clock::MonotonicTime monotonic() const override { return {now.ns}; }
  clock::BootTime boot() const override { return {now.ns}; }
  WallTime now;
};

/// Says of the clock what a test wants.
class ToldBound : public clock::BoundSource {
 public:
  explicit ToldBound(const clock::BoundSample& told) : told_(told) {}
  const char* name() const override { return "told"; }
  clock::BoundSample sample(clock::BootTime now) const override {
    clock::BoundSample sample = told_;
    sample.confirmed = now;
    return sample;
  }
  bool outlives_step(std::int64_t) const override { return true; }

 private:
  const clock::BoundSample& told_;
};

class ShortMemory : public oracle::WatermarkStore {
 public:
  std::int64_t read() override { return watermark; }
  void write(std::int64_t now) override { watermark = now; }
  std::int64_t watermark = 0;
};

constexpr std::int64_t kSecond = 1'000'000'000;

/// A handler, and all that it is made of. The clock stands at a moment of 2026 with a bound of 5 ms.
struct Service {
  explicit Service(const char* version = "1.2", bool with_oracle = true) {
    clock.now = {1'795'555'856 * kSecond};
    told.state = ClockState::SYNCHRONIZED;
    told.error_ns = 5'000'000;
    if (with_oracle) {
      oracle::OracleOptions options;
      options.background = false;
      oracle = std::make_unique<oracle::TimestampOracle>(
          clock, [this] { return bounded_clock.read(); }, std::make_unique<ShortMemory>(), options);
    }
    handler =
        std::make_shared<TimeHandler>(TimeSources{clock, bounded_clock, zones(), oracle.get()}, version);
    const auto processor = std::make_shared<TimeServiceProcessorT<wire::BinaryProtocol>>(handler);
    processor->setEventHandler(std::make_shared<ArrivalStamp>(clock));
    runner = std::make_unique<host::CallRunner>(processor, wire::Protocol::kBinary, wire::Limits{});
  }

  static const zone::ZoneCatalog& zones() {
    static const zone::ZoneCatalog catalog("/usr/share/zoneinfo");
    return catalog;
  }

  std::string reply_to(const Bytes& request) {
    REQUIRE(runner->run(request, false));
    const std::string reply = to_hex(runner->replies());
    runner->clear_replies();
    return reply;
  }

  ManualClock clock;
  clock::BoundSample told;
  clock::BoundedWallClock bounded_clock{clock, std::make_unique<ToldBound>(told), {}};
  std::unique_ptr<oracle::TimestampOracle> oracle;
  std::shared_ptr<TimeHandler> handler;
  std::unique_ptr<host::CallRunner> runner;
};

TEST_CASE("exchange echoes the client's time whatever it is", "[time]") {
  Service service;
  for (const std::int64_t sent : {INT64_MIN, INT64_MIN + 1, std::int64_t{-1}, std::int64_t{0},
                                  std::int64_t{1'795'555'856'000'000'000}, INT64_MAX}) {
    ClockExchange reply;
    service.handler->exchange(reply, sent);
    CHECK(reply.client_send_ns == sent);
  }
}

TEST_CASE("exchange says when the call arrived and when it was answered", "[time]") {
  Service service;
  ArrivalStamp stamp(service.clock);
  service.clock.now = {1000};
  stamp.getContext("TimeService.exchange", nullptr);
  service.clock.now = {1500};
  ClockExchange reply;
  service.handler->exchange(reply, 7);
  CHECK(reply.server_receive_ns == 1000);
  CHECK(reply.server_send_ns == 1500);
  CHECK(reply.error_ns == 5'000'000);
  CHECK(static_cast<int>(reply.state) == static_cast<int>(ClockState::SYNCHRONIZED));
}

TEST_CASE("without a bound exchange compares clocks, and claims nothing", "[time]") {
  Service service;
  service.told = {};
  ClockExchange reply;
  reply.error_ns = 5;
  reply.state = ClockState::SYNCHRONIZED;
  service.handler->exchange(reply, 0);
  CHECK(reply.error_ns == -1);
  CHECK(static_cast<int>(reply.state) == static_cast<int>(ClockState::UNKNOWN));
  CHECK(reply.server_send_ns == service.clock.now.ns);
  ServerStatus status;
  service.handler->get_status(status);
  CHECK(status.clock.error_ns == -1);
  CHECK(static_cast<int>(status.clock.state) == static_cast<int>(ClockState::UNKNOWN));
}

TEST_CASE("now is the clock, give or take its bound", "[time]") {
  Service service;
  TimeInterval interval;
  for (const std::int64_t limit :
       {std::int64_t{0}, std::int64_t{-1}, INT64_MIN, std::int64_t{5'000'000}, INT64_MAX}) {
    service.handler->now(interval, limit);
    CHECK(interval.earliest_ns == service.clock.now.ns - 5'000'000);
    CHECK(interval.latest_ns == service.clock.now.ns + 5'000'000);
    CHECK(static_cast<int>(interval.state) == static_cast<int>(ClockState::SYNCHRONIZED));
  }
}

TEST_CASE("now at the ends of time stays within them", "[time]") {
  Service service;
  TimeInterval interval;
  service.clock.now = {INT64_MAX - 1};
  service.handler->now(interval, 0);
  CHECK(interval.latest_ns == INT64_MAX);
}

TEST_CASE("now fails where it cannot keep to what is asked", "[time]") {
  Service service;
  TimeInterval interval;
  const auto failure = [&](std::int64_t limit) {
    try {
      service.handler->now(interval, limit);
    } catch (const ClockUnreliable& unreliable) {
      return unreliable;
    }
    FAIL("it did not fail");
    return ClockUnreliable();
  };
  const ClockUnreliable too_wide = failure(4'999'999);
  CHECK(too_wide.error_ns == 5'000'000);
  CHECK(static_cast<int>(too_wide.state) == static_cast<int>(ClockState::SYNCHRONIZED));
  CHECK(too_wide.message == "the clock may be off by 5000000 ns, more than the 4999999 ns asked for");

  service.told.state = ClockState::UNSYNCHRONIZED;
  service.told.error_ns = -1;
  service.told.reason = "because";
  const ClockUnreliable unsynchronized = failure(0);
  CHECK(unsynchronized.error_ns == -1);
  CHECK(static_cast<int>(unsynchronized.state) == static_cast<int>(ClockState::UNSYNCHRONIZED));
  CHECK(unsynchronized.message == "because");
}

TEST_CASE("timestamps are asked for one to a million at a time", "[time]") {
  Service service;
  TimestampRange range;
  for (const std::int32_t count : {1, 1'000'000}) {
    const std::int64_t before = range.first;
    service.handler->get_timestamps(range, count);
    CHECK(range.first > before);
    CHECK(range.count == count);
  }
  for (const std::int32_t count : {0, -1, 1'000'001, INT32_MAX, INT32_MIN}) {
    try {
      service.handler->get_timestamps(range, count);
      FAIL("it was taken");
    } catch (const BadRequest& bad) {
      CHECK(static_cast<int>(bad.code) == static_cast<int>(BadRequestCode::OUT_OF_RANGE));
      CHECK(bad.index == -1);
    }
  }
}

TEST_CASE("a server without an oracle says how to switch it on", "[time]") {
  Service service("1", false);
  TimestampRange range;
  try {
    service.handler->get_timestamps(range, 1);
    FAIL("it handed one out");
  } catch (const OracleUnavailable& unavailable) {
    CHECK(static_cast<int>(unavailable.fault) == static_cast<int>(OracleFault::NOT_READY));
    CHECK(unavailable.message.find("--oracle-state") != std::string::npos);
  }
  ServerStatus status;
  service.handler->get_status(status);
  CHECK(static_cast<int>(status.oracle.role) == static_cast<int>(OracleRole::DISABLED));
}

TEST_CASE("the zone calls reach the zones", "[time]") {
  Service service;
  std::vector<LocalTime> local;
  service.handler->to_local(local, {0}, "Asia/Tokyo", "%H:%M");
  REQUIRE(local.size() == 1);
  CHECK(local[0].text == "09:00");
  std::vector<ResolvedTime> resolved;
  service.handler->from_local(resolved, {"1970-01-01T09:00"}, "Asia/Tokyo", "", Disambiguation::REJECT);
  REQUIRE(resolved.size() == 1);
  CHECK(resolved[0].instant_ns == 0);
  std::vector<ZonePeriod> periods;
  service.handler->zone_periods(periods, "Asia/Tokyo", 0, 1);
  REQUIRE(periods.size() == 1);
  CHECK(periods[0].utc_offset_s == 32400);
  std::vector<std::string> names;
  service.handler->list_zones(names);
  CHECK(names == Service::zones().names());
}

TEST_CASE("the status tells the version, since when it runs and what time it is", "[time]") {
  Service service("9.8.7");
  const std::int64_t started = service.clock.now.ns;
  service.clock.now.ns += 333;
  ServerStatus status;
  service.handler->get_status(status);
  CHECK(status.version == "9.8.7");
  CHECK(status.started_ns == started);
  CHECK(status.tzdb_version == Service::zones().version());
  CHECK(status.clock.now_ns == started + 333);
  CHECK(status.clock.error_ns == 5'000'000);
  CHECK(status.clock.bound_source == "told");
  CHECK(static_cast<int>(status.oracle.role) == static_cast<int>(OracleRole::SERVING));
}

TEST_CASE("get_time is the clock's second in the local time zone, whatever is known of the clock", "[time]") {
  const test::Variable zone("TZ", "UTC");
  ::tzset();
  Service service;
  service.told = {};
  service.clock.now = {1'795'555'856'999'999'999};
  std::string text;
  service.handler->get_time(text);
  CHECK(text == "Tue Nov 24 21:30:56 2026");
}

// --- Golden bytes: what deployed clients send and expect. They never change. ------

TEST_CASE("get_time has the bytes that it always had", "[time][golden]") {
  const test::Variable zone("TZ", "UTC");
  ::tzset();
  Service service;
  CHECK(service.reply_to(from_hex("80 01 00 01 00 00 00 08 67 65 74 5f 74 69 6d 65 00 00 00 2a 00")) ==
        "80 01 00 02 00 00 00 08 67 65 74 5f 74 69 6d 65 00 00 00 2a "  // reply, "get_time", seqid 42
        "0b 00 00 00 00 00 18 "                                         // field 0: a string of 24
        "54 75 65 20 4e 6f 76 20 32 34 20 32 31 3a 33 30 3a 35 36 20 32 30 32 36 "
        "00");
}

TEST_CASE("exchange has the bytes that it always had", "[time][golden]") {
  Service service;
  service.told = {};
  CHECK(service.reply_to(from_hex("80 01 00 01 00 00 00 08 65 78 63 68 61 6e 67 65 00 00 00 07 "
                                  "0a 00 01 01 02 03 04 05 06 07 08 00")) ==
        "80 01 00 02 00 00 00 08 65 78 63 68 61 6e 67 65 00 00 00 07 "  // reply, "exchange", seqid 7
        "0c 00 00 "                                                     // field 0: a struct
        "0a 00 01 01 02 03 04 05 06 07 08 "                             // T1 as sent
        "0a 00 02 18 eb 18 89 ab 40 a0 00 "                             // T2
        "0a 00 03 18 eb 18 89 ab 40 a0 00 "                             // T3
        "0a 00 04 ff ff ff ff ff ff ff ff "                             // no bound
        "08 00 05 00 00 00 00 "                                         // UNKNOWN
        "00 00");
}

}  // namespace
}  // namespace timeservice
