#include "server/time/time_handler.h"

#include <cstdint>
#include <memory>

#include "server/host/call_runner.h"
#include "server/time/arrival.h"
#include "server/time/clock/clock.h"
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

/// Goes on by a step each time it is read.
class ManualClock : public clock::Clock {
 public:
  WallTime wall() const override {
    now.ns += step;
    return now;
  }
  mutable WallTime now;
  std::int64_t step = 0;
};

TEST_CASE("exchange echoes the client's time whatever it is", "[time]") {
  const ManualClock clock;
  TimeHandler handler(clock, "1");
  for (const std::int64_t sent : {INT64_MIN, INT64_MIN + 1, std::int64_t{-1}, std::int64_t{0},
                                  std::int64_t{1'795'555'856'000'000'000}, INT64_MAX}) {
    ClockExchange reply;
    handler.exchange(reply, sent);
    CHECK(reply.client_send_ns == sent);
  }
}

TEST_CASE("exchange says when the call arrived and when it was answered", "[time]") {
  ManualClock clock;
  TimeHandler handler(clock, "1");
  ArrivalStamp stamp(clock);
  clock.now = {1000};
  stamp.getContext("TimeService.exchange", nullptr);
  clock.now = {1500};
  ClockExchange reply;
  handler.exchange(reply, 7);
  CHECK(reply.server_receive_ns == 1000);
  CHECK(reply.server_send_ns == 1500);

  clock.step = 3;
  for (int i = 0; i < 10; ++i) {
    stamp.getContext("TimeService.exchange", nullptr);
    handler.exchange(reply, 7);
    CHECK(reply.server_send_ns - reply.server_receive_ns == 3);
  }
}

TEST_CASE("without a source of a bound nothing is claimed of the clock", "[time]") {
  const ManualClock clock;
  TimeHandler handler(clock, "1");
  ClockExchange reply;
  reply.error_ns = 5;
  reply.state = ClockState::SYNCHRONIZED;
  handler.exchange(reply, 0);
  CHECK(reply.error_ns == -1);
  CHECK(static_cast<int>(reply.state) == static_cast<int>(ClockState::UNKNOWN));
  ServerStatus status;
  handler.get_status(status);
  CHECK(status.clock.error_ns == -1);
  CHECK(static_cast<int>(status.clock.state) == static_cast<int>(ClockState::UNKNOWN));
}

TEST_CASE("the status tells the version, since when it runs and what time it is", "[time]") {
  ManualClock clock;
  clock.now = {123};
  TimeHandler handler(clock, "9.8.7");
  clock.now = {456};
  ServerStatus status;
  handler.get_status(status);
  CHECK(status.version == "9.8.7");
  CHECK(status.started_ns == 123);
  CHECK(status.clock.now_ns == 456);
}

TEST_CASE("get_time is the clock's second in the local time zone", "[time]") {
  const test::Variable zone("TZ", "UTC");
  ::tzset();
  ManualClock clock;
  clock.now = {1'795'555'856'999'999'999};
  TimeHandler handler(clock, "1");
  std::string text;
  handler.get_time(text);
  CHECK(text == "Tue Nov 24 21:30:56 2026");
}

// --- Golden bytes: what deployed clients send and expect. They never change. ------

/// The service as time-server puts it together, over a clock that stands.
struct Service {
  Service() {
    clock.now = {1'795'555'856'000'000'000};
    const auto processor = std::make_shared<TimeServiceProcessorT<wire::BinaryProtocol>>(
        std::make_shared<TimeHandler>(clock, "1.2"));
    processor->setEventHandler(std::make_shared<ArrivalStamp>(clock));
    runner = std::make_unique<host::CallRunner>(processor, wire::Protocol::kBinary, wire::Limits{});
  }

  std::string reply_to(const Bytes& request) {
    REQUIRE(runner->run(request, false));
    const std::string reply = to_hex(runner->replies());
    runner->clear_replies();
    return reply;
  }

  ManualClock clock;
  std::unique_ptr<host::CallRunner> runner;
};

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
  service.clock.step = 1;
  CHECK(service.reply_to(from_hex("80 01 00 01 00 00 00 08 65 78 63 68 61 6e 67 65 00 00 00 07 "
                                  "0a 00 01 01 02 03 04 05 06 07 08 00")) ==
        "80 01 00 02 00 00 00 08 65 78 63 68 61 6e 67 65 00 00 00 07 "  // reply, "exchange", seqid 7
        "0c 00 00 "                                                     // field 0: a struct
        "0a 00 01 01 02 03 04 05 06 07 08 "                             // T1 as sent
        "0a 00 02 18 eb 18 89 ab 40 a0 01 "                             // T2
        "0a 00 03 18 eb 18 89 ab 40 a0 02 "                             // T3
        "0a 00 04 ff ff ff ff ff ff ff ff "                             // no bound
        "08 00 05 00 00 00 00 "                                         // UNKNOWN
        "00 00");
}

TEST_CASE("get_status has the bytes that it always had", "[time][golden]") {
  Service service;
  CHECK(service.reply_to(from_hex("80 01 00 01 00 00 00 0a 67 65 74 5f 73 74 61 74 75 73 00 00 00 00 00")) ==
        "80 01 00 02 00 00 00 0a 67 65 74 5f 73 74 61 74 75 73 00 00 00 00 "  // reply, "get_status"
        "0c 00 00 "
        "0b 00 01 00 00 00 03 31 2e 32 "     // version "1.2"
        "0a 00 02 18 eb 18 89 ab 40 a0 00 "  // started
        "0c 00 04 "                          // the clock:
        "0a 00 01 18 eb 18 89 ab 40 a0 00 "  // now
        "08 00 02 00 00 00 00 "              // UNKNOWN
        "0a 00 03 ff ff ff ff ff ff ff ff "  // no bound
        "00 00 00");
}

}  // namespace
}  // namespace timeservice
