// A take of timestamps asks on, and elsewhere, as long as that may help.
#include <thread>
#include <vector>

#include "test/client/oracle_under_test.h"
#include "test/support/catch.h"

namespace timeservice::client {
namespace {

using std::chrono::milliseconds;

TEST_CASE("an oracle that has none for now is asked again, for each kind of reason", "[timestamp_source]") {
  for (const auto fault : {OracleFault::UNKNOWN, OracleFault::NOT_LEADER, OracleFault::STORAGE,
                           OracleFault::EXHAUSTED, OracleFault::NOT_READY}) {
    Oracle oracle;
    oracle.failure = unavailable(fault);
    oracle.fail(3);
    Peer peer(serving(oracle));
    TimestampSource source(source_options({peer.endpoint()}));
    CHECK(source.take() == 1001);
    CHECK(oracle.counts().size() == 4);
    CHECK(peer.connections() == 1);
  }
}

TEST_CASE("a leader is followed, and stayed with", "[timestamp_source]") {
  Oracle leader;
  Peer leading(serving(leader));
  Oracle standby;
  standby.failure = unavailable(OracleFault::NOT_LEADER, wire::to_string(leading.endpoint()));
  standby.fail(1000);
  Peer standing_by(serving(standby));
  TimestampSource source(source_options({standing_by.endpoint()}));
  for (int call = 0; call < 5; ++call) CHECK(source.take() == 1001 + call);
  CHECK(standby.counts().size() == 1);
  CHECK(leading.connections() == 1);
}

TEST_CASE("a standby that names a leader which is down is left for the next", "[timestamp_source]") {
  DeadPort dead;
  Oracle standby;
  standby.failure = unavailable(OracleFault::NOT_LEADER, wire::to_string(dead.endpoint()));
  standby.fail(1'000'000);
  Peer standing_by(serving(standby));
  Oracle oracle;
  Peer peer(serving(oracle));
  TimestampSource source(source_options({standing_by.endpoint(), peer.endpoint()}));
  CHECK(source.take() == 1001);
  CHECK(standby.counts().size() == 1);
}

TEST_CASE("a server that cannot be reached, or has nothing, is left for the next", "[timestamp_source]") {
  DeadPort dead;
  Oracle down;
  down.failure = unavailable(OracleFault::NOT_READY);
  down.fail(1000);
  Peer starting(serving(down));
  Oracle oracle;
  Peer peer(serving(oracle));
  TimestampSource source(source_options({dead.endpoint(), starting.endpoint(), peer.endpoint()}));
  CHECK(source.take() == 1001);
  CHECK(source.take() == 1002);
  CHECK(down.counts().size() == 1);
}

TEST_CASE("a reply that is lost loses its timestamps, and the take gets others", "[timestamp_source]") {
  Oracle oracle;
  Peer peer([&](PeerConnection& connection, int index) {
    if (index > 0) return connection.serve(oracle);
    connection.read_request();
    connection.close();
  });
  TimestampSource source(source_options({peer.endpoint()}));
  CHECK(source.take() == 1001);
}

TEST_CASE("when its time is over a take says why there was none, and others go on", "[timestamp_source]") {
  Oracle oracle;
  oracle.failure = unavailable(OracleFault::STORAGE);
  oracle.fail(1'000'000);
  Peer peer(serving(oracle));
  TimestampSource source(source_options({peer.endpoint()}));
  std::int64_t patient = 0;
  std::thread other([&] { patient = source.take(); });
  oracle.wait_for_requests(2);
  const std::string line = line_of<TimeoutError>([&] { source.take(5, milliseconds(50)); });
  CHECK(line == "timestamps: none within 50 ms: " + wire::to_string(peer.endpoint()) +
                    ": get_timestamps: not now: ask again, or another server");
  oracle.fail(0);
  other.join();
  CHECK(patient > 1000);
  CHECK(source.waiting() == 0);
}

TEST_CASE("when its time is over a take says how each server failed last", "[timestamp_source]") {
  Oracle oracles[2];
  for (Oracle& oracle : oracles) {
    oracle.failure = unavailable(OracleFault::STORAGE);
    oracle.fail(1'000'000);
  }
  Peer one(serving(oracles[0]));
  Peer two(serving(oracles[1]));
  TimestampSource source(source_options({one.endpoint(), two.endpoint()}));
  std::thread patient([&] { source.take(); });
  for (Oracle& oracle : oracles) oracle.wait_for_requests(2);
  const std::string line = line_of<TimeoutError>([&] { source.take(5, milliseconds(50)); });
  for (const Peer* peer : {&one, &two}) {
    const std::string trouble = wire::to_string(peer->endpoint()) + ": get_timestamps: not now";
    const auto found = line.find(trouble);
    CHECK(found != std::string::npos);
    CHECK(line.find(trouble, found + 1) == std::string::npos);
  }
  for (Oracle& oracle : oracles) oracle.fail(0);
  patient.join();
}

TEST_CASE("a take that gives up during its request disturbs no other", "[timestamp_source]") {
  Oracle oracle;
  Peer peer(serving(oracle));
  TimestampSource source(source_options({peer.endpoint()}));
  oracle.shut();
  std::thread first([&] { source.take(); });
  oracle.wait_for_requests(1);
  CHECK(line_of<TimeoutError>([&] { source.take(1, milliseconds(20)); }).find("none within 20 ms") !=
        std::string::npos);
  CHECK(source.waiting() == 0);
  std::int64_t later = 0;
  std::thread second([&] { later = source.take(); });
  while (source.waiting() < 1) std::this_thread::yield();
  oracle.open();
  first.join();
  second.join();
  CHECK(later == 1002);
  CHECK(oracle.counts() == std::vector<std::int32_t>{1, 1});
}

/// A server that knows nothing of timestamps.
void refuse_every_call(PeerConnection& connection, int) {
  for (;;) {
    connection.reply_error(connection.read_request(), apache::thrift::TApplicationException::UNKNOWN_METHOD,
                           "?");
  }
}

/// Another service.
void answer_as_http(PeerConnection& connection, int) {
  connection.read_request();
  connection.write_raw("HTTP/1.1 400 Bad Request\r\n\r\n");
  connection.wait_until_closed();
}

TEST_CASE("what would not help to be asked again fails at once", "[timestamp_source]") {
  Peer old(refuse_every_call);
  TimestampSource source(source_options({old.endpoint()}));
  CHECK_THROWS_AS(source.take(), ServerError);
  Peer other(answer_as_http);
  TimestampSource lost(source_options({other.endpoint()}));
  CHECK_THROWS_AS(lost.take(), ProtocolMismatch);
}

TEST_CASE("after a server that is none the next take asks the next", "[timestamp_source]") {
  Peer old(refuse_every_call);
  Peer other(answer_as_http);
  Oracle oracle;
  Peer peer(serving(oracle));
  TimestampSource source(source_options({old.endpoint(), other.endpoint(), peer.endpoint()}));
  CHECK_THROWS_AS(source.take(), ServerError);
  CHECK_THROWS_AS(source.take(), ProtocolMismatch);
  CHECK(source.take() == 1001);
  CHECK(source.take() == 1002);
}

TEST_CASE("a server that puts off for a day is asked again within the time of a take", "[timestamp_source]") {
  Oracle oracle;
  oracle.failure = unavailable(OracleFault::EXHAUSTED);
  oracle.failure.__set_retry_after_ms(86'400'000);
  oracle.fail(1);
  Peer peer(serving(oracle));
  TimestampSource source(source_options({peer.endpoint()}));
  CHECK(source.take() == 1001);
}

TEST_CASE("a time that is over before it began is no time", "[timestamp_source]") {
  DeadPort dead;
  TimestampSource source(source_options({dead.endpoint()}));
  CHECK_THROWS_AS(source.take(1, milliseconds::min()), TimeoutError);
}

}  // namespace
}  // namespace timeservice::client
