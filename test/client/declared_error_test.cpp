// What the IDL declares a call to throw, as a client's user sees it.

#include "client/declared_error.h"

#include <cstring>

#include "test/client/async_under_test.h"
#include "test/client/client_under_test.h"
#include "test/client/peer.h"
#include "test/support/catch.h"

namespace timeservice::client {
namespace {

/// Answers every call that can with what it is told to throw.
template <typename Declared>
class Refusing : public LocalClock {
 public:
  Declared refusal;

  void now(TimeInterval&, const std::int64_t) override { refuse(); }
  void get_timestamps(TimestampRange&, const std::int32_t) override { refuse(); }
  void to_local(std::vector<LocalTime>&, const std::vector<std::int64_t>&, const std::string&,
                const std::string&) override {
    refuse();
  }
  void zone_periods(std::vector<ZonePeriod>&, const std::string&, const std::int64_t,
                    const std::int64_t) override {
    refuse();
  }

 private:
  void refuse() const { throw refusal; }
};

BadRequest bad_request(const std::string& message, BadRequestCode::type code, std::int32_t index) {
  BadRequest refused;
  refused.__set_message(message);
  refused.__set_code(code);
  refused.__set_index(index);
  return refused;
}

ClockUnreliable unreliable(ClockState::type state, std::int64_t error_ns) {
  ClockUnreliable unreliable;
  unreliable.__set_message("it is off");
  unreliable.__set_state(state);
  unreliable.__set_error_ns(error_ns);
  return unreliable;
}

OracleUnavailable unavailable(OracleFault::type fault, const std::string& leader,
                              std::int32_t retry_after_ms) {
  OracleUnavailable unavailable;
  unavailable.__set_message("not now");
  unavailable.__set_fault(fault);
  unavailable.__set_leader(leader);
  unavailable.__set_retry_after_ms(retry_after_ms);
  return unavailable;
}

TEST_CASE("BadRequest is an error with its code, item and message", "[declared_error]") {
  Refusing<BadRequest> service;
  service.refusal = bad_request("no zone 'X'\n", BadRequestCode::UNKNOWN_ZONE, -1);
  Peer peer(serving(service));
  TimeClient client(options_for({peer.endpoint()}));
  try {
    client.zone_periods("X", 0, 1);
    FAIL("nothing was thrown");
  } catch (const BadRequestError& error) {
    CHECK(error.code() == BadRequestCode::UNKNOWN_ZONE);
    CHECK(error.index() == -1);
    CHECK(error.message() == "no zone 'X'?");
    CHECK(error.what() ==
          wire::to_string(peer.endpoint()) + ": zone_periods: no zone 'X'?: correct the request");
  }
  service.refusal.index = 3;
  const std::vector<std::int64_t> four = {1, 2, 3, 4};
  CHECK(line_of<BadRequestError>([&] { client.to_local(four); }) ==
        wire::to_string(peer.endpoint()) + ": to_local: index 3: no zone 'X'?: correct the request");
  // It is an answer: the connection is kept, and nothing was made again.
  CHECK(peer.connections() == 1);
}

TEST_CASE("an item that was not sent is not believed to be a bad one", "[declared_error]") {
  Refusing<BadRequest> service;
  Peer peer(serving(service));
  TimeClient client(options_for({peer.endpoint()}));
  AsyncTimeClient async_client(patient_options({peer.endpoint()}));
  const std::vector<std::int64_t> three = {1, 2, 3};
  const auto index_of = [](const auto& call) {
    try {
      call();
    } catch (const BadRequestError& error) {
      return error.index();
    }
    return std::int64_t{-2};
  };
  for (const std::int32_t index : {-7, -1, 0, 2, 3, 1 << 30}) {
    CAPTURE(index);
    service.refusal = bad_request("no", BadRequestCode::OUT_OF_RANGE, index);
    const bool sent = index >= 0 && index < 3;
    CHECK(index_of([&] { client.to_local(three); }) == (sent ? index : -1));
    CHECK(index_of([&] { get(async_client.to_local(three, "", "", kPatience)); }) == (sent ? index : -1));
    // No list was sent at all.
    CHECK(index_of([&] { client.zone_periods("UTC", 0, 1); }) == -1);
  }
}

TEST_CASE("ClockUnreliable is an error with the state and the bound", "[declared_error]") {
  Refusing<ClockUnreliable> service;
  Peer peer(serving(service));
  TimeClient client(options_for({peer.endpoint()}));
  for (const std::int64_t bound : {std::int64_t{-1}, std::int64_t{5'000'000}, std::int64_t{-77}}) {
    service.refusal = unreliable(ClockState::HOLDOVER, bound);
    try {
      client.now();
      FAIL("nothing was thrown");
    } catch (const ClockUnreliableError& error) {
      CHECK(error.state() == ClockState::HOLDOVER);
      CHECK(error.error_ns() == std::max<std::int64_t>(bound, -1));
      CHECK(error.message() == "it is off");
    }
  }
  CHECK(peer.connections() == 1);
}

TEST_CASE("OracleUnavailable is an error with fault, leader and wait", "[declared_error]") {
  Refusing<OracleUnavailable> service;
  service.refusal = unavailable(OracleFault::NOT_LEADER, "other:9090", 0);
  Peer peer(serving(service));
  TimeClient client(options_for({peer.endpoint()}));
  try {
    client.get_timestamps();
    FAIL("nothing was thrown");
  } catch (const OracleUnavailableError& error) {
    CHECK(error.fault() == OracleFault::NOT_LEADER);
    CHECK(error.leader() == "other:9090");
    CHECK(error.retry_after().count() == 0);
    CHECK(error.what() == wire::to_string(peer.endpoint()) + ": get_timestamps: not now: ask other:9090");
  }
  service.refusal = unavailable(OracleFault::EXHAUSTED, "", 40);
  CHECK(line_of<OracleUnavailableError>([&] { client.get_timestamps(); }) ==
        wire::to_string(peer.endpoint()) + ": get_timestamps: not now: ask again in 40 ms");
  service.refusal = unavailable(OracleFault::STORAGE, "", -5);
  CHECK(line_of<OracleUnavailableError>([&] { client.get_timestamps(); }) ==
        wire::to_string(peer.endpoint()) + ": get_timestamps: not now: ask again, or another server");
}

TEST_CASE("numbers of the future are UNKNOWN", "[declared_error]") {
  const int number = 77;
  Refusing<OracleUnavailable> service;
  service.refusal = unavailable(OracleFault::UNKNOWN, "", 0);
  std::memcpy(&service.refusal.fault, &number, sizeof(number));
  Peer peer(serving(service));
  TimeClient client(options_for({peer.endpoint()}));
  try {
    client.get_timestamps();
    FAIL("nothing was thrown");
  } catch (const OracleUnavailableError& error) {
    CHECK(error.fault() == OracleFault::UNKNOWN);
  }
}

TEST_CASE("every declared exception is a ClientError, and fails one asynchronous call alone",
          "[declared_error]") {
  Refusing<BadRequest> service;
  service.refusal = bad_request("no", BadRequestCode::OUT_OF_RANGE, 2);
  Peer peer(serving(service));
  AsyncTimeClient client(patient_options({peer.endpoint()}));
  auto first = client.get_time(kPatience);
  auto refused = client.to_local({7, 8, 9}, "", "", kPatience);
  auto last = client.get_time(kPatience);
  CHECK(get(first).size() == 24);
  CHECK(failure<BadRequestError>(refused) ==
        at(peer.endpoint(), "to_local: index 2: no: correct the request"));
  CHECK(get(last).size() == 24);
  CHECK_THROWS_AS(get(client.zone_periods("UTC", 0, 1, kPatience)), ClientError);
  CHECK(peer.connections() == 1);
}

}  // namespace
}  // namespace timeservice::client
