// Where a client goes when one endpoint and it come to no agreement on TLS.

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include <openssl/ssl.h>

#include "client/bounded_clock.h"
#include "client/timestamp_source.h"
#include "test/client/client_tls_under_test.h"
#include "test/support/catch.h"

namespace timeservice::client {
namespace {

/// Takes connections, and turns away whoever has no certificate: in TLS 1.3 when the client
/// believes to be connected, in TLS 1.2 before.
struct Guarded {
  explicit Guarded(int version = TLS1_3_VERSION)
      : peer(tls_peer(serving(clock), server_tls_of(version, "server", "ca.pem"))) {}
  LocalClock clock;
  Peer peer;
};

struct Open {
  explicit Open(const std::string& name = "server") : peer(tls_peer(serving(clock), server_tls(name))) {}
  LocalClock clock;
  Peer peer;
};

TEST_CASE("the next endpoint is taken when the certificate of one is refused", "[client_tls_failover]") {
  Open expired("expired");
  Open good;
  const ClientOptions options = trusting({expired.peer.endpoint(), good.peer.endpoint()});
  CountedWaits counted;
  TimeClient client(options, counted.hooks());
  CHECK(client.get_status().version == "9.8.7");
  CHECK(client.get_status().version == "9.8.7");
  AsyncTimeClient other(options);
  CHECK(get(other.get_status(kPatience)).version == "9.8.7");
  CHECK(counted.waits.empty());
  CHECK(expired.peer.connections() == 2);
  CHECK(good.peer.connections() == 2);
}

TEST_CASE("the next endpoint is taken at once when one turns the client away", "[client_tls_failover]") {
  Guarded guarded(GENERATE(TLS1_2_VERSION, TLS1_3_VERSION));
  Open good;
  CountedWaits counted;
  TimeClient client(trusting({guarded.peer.endpoint(), good.peer.endpoint()}), counted.hooks());
  CHECK(client.get_status().version == "9.8.7");
  CHECK(client.get_status().version == "9.8.7");
  CHECK(counted.waits.empty());
  CHECK(guarded.peer.connections() == 1);
  CHECK(good.peer.connections() == 1);
}

TEST_CASE("the next endpoint is taken when one takes TLS only", "[client_tls_failover]") {
  LocalClock clock;
  Peer secret([](PeerConnection& connection, int) {
    connection.read_request();
    connection.write_raw(std::string("\x15\x03\x03\x00\x02\x02\x46", 7));
    connection.wait_until_closed();
  });
  Peer plain(serving(clock));
  ClientOptions options = options_for({secret.endpoint(), plain.endpoint()});
  options.retry.retries = 0;
  CHECK(TimeClient(options).get_status().version == "9.8.7");
}

TEST_CASE("where no endpoint comes to an agreement on TLS, each is asked once for each try",
          "[client_tls_failover]") {
  Guarded one(GENERATE(TLS1_2_VERSION, TLS1_3_VERSION));
  Open two("expired");
  Guarded three;
  ClientOptions options = trusting({one.peer.endpoint(), two.peer.endpoint(), three.peer.endpoint()});
  options.retry.retries = 2;
  CountedWaits counted;
  TimeClient client(options, counted.hooks());
  const std::string line = line_of<ConnectError>([&] { client.get_time(); });
  CHECK(has(line, "the server's certificate has expired"));
  CHECK(has(line, "client certificate"));
  CHECK(counted.waits.size() == 2);
  CHECK(one.peer.connections() == 3);
  CHECK(two.peer.connections() == 3);
  CHECK(three.peer.connections() == 3);
}

TEST_CASE("a server that turns the client away, and one that is not there, are one round of each try",
          "[client_tls_failover]") {
  Guarded guarded(GENERATE(TLS1_2_VERSION, TLS1_3_VERSION));
  DeadPort dead;
  const bool dead_first = GENERATE(false, true);
  ClientOptions options = trusting({guarded.peer.endpoint(), dead.endpoint()});
  if (dead_first) std::swap(options.endpoints.front(), options.endpoints.back());
  options.retry.retries = 2;
  CountedWaits counted;
  TimeClient client(options, counted.hooks());
  const std::string line = line_of<ConnectError>([&] { client.get_time(); });
  CHECK(has(line, "client certificate"));
  CHECK(has(line, "connection refused"));
  CHECK(counted.waits.size() == 2);
  CHECK(guarded.peer.connections() == 3);
}

TEST_CASE("a server that ends the connection in the handshake may come back", "[client_tls_failover]") {
  LocalClock clock;
  Peer peer = tls_peer([&](PeerConnection& connection, int index) {
    index < 2 ? connection.close() : connection.serve(clock);
  });
  ClientOptions options = trusting({peer.endpoint()});
  options.retry.retries = 2;
  CountedWaits counted;
  TimeClient client(options, counted.hooks());
  CHECK(client.get_status().version == "9.8.7");
  CHECK(counted.waits.size() == 2);
}

TEST_CASE("behind a balancer the next try meets a server that is as it should be", "[client_tls_failover]") {
  LocalClock clock;
  Peer balancer([&](PeerConnection& connection, int index) {
    if (index == 2) return connection.serve(clock);
    connection.wait_for_bytes();
    connection.write_raw(std::string("\x15\x03\x03\x00\x02\x02\x46", 7));  // TLS only
    connection.wait_until_closed();
  });
  ClientOptions options = options_for({balancer.endpoint()});
  options.retry.retries = 2;
  CountedWaits counted;
  TimeClient client(options, counted.hooks());
  CHECK(client.get_status().version == "9.8.7");
  CHECK(counted.waits.size() == 2);
}

TEST_CASE("both kinds of client tell a refusal that no other try mends", "[client_tls_failover]") {
  Open expired("expired");
  Guarded guarded;
  DeadPort dead;
  const auto permanent = [](const std::vector<wire::Endpoint>& endpoints) {
    const ClientOptions options = trusting(endpoints);
    AsyncTimeClient client(options);
    std::vector<bool> told;
    for (const auto& call : {std::function([&] { TimeClient(options).get_time(); }),
                             std::function([&] { get(client.get_time(kPatience)); })}) {
      try {
        call();
      } catch (const ConnectError& error) {
        told.push_back(error.permanent());
      }
    }
    return told;
  };
  CHECK(permanent({expired.peer.endpoint()}) == std::vector{true, true});
  CHECK(permanent({guarded.peer.endpoint()}) == std::vector{true, true});
  CHECK(permanent({dead.endpoint()}) == std::vector{false, false});
  CHECK(permanent({dead.endpoint(), expired.peer.endpoint()}) == std::vector{false, false});
}

TEST_CASE("a client that is turned away by one and finds no other gives up", "[client_tls_failover]") {
  Guarded guarded;
  DeadPort dead;
  DeadPort other;
  ClientOptions options = trusting({guarded.peer.endpoint(), dead.endpoint(), other.endpoint()});
  CountedWaits counted;
  TimeClient client(options, counted.hooks());
  CHECK(has(line_of<ConnectError>([&] { client.get_time(); }), "the server wants a client certificate"));
  CHECK(counted.waits.empty());
  CHECK(guarded.peer.connections() == 1);
}

TEST_CASE("after it was turned away an asynchronous client goes to the next endpoint",
          "[client_tls_failover]") {
  Guarded guarded;
  Open good;
  AsyncTimeClient client(trusting({guarded.peer.endpoint(), good.peer.endpoint()}));
  auto first = client.get_time(kPatience);
  auto second = client.get_time(kPatience);
  CHECK(has(failure<ConnectError>(first), "the server wants a client certificate"));
  try {
    get(second);
    FAIL("it was turned away");
  } catch (const ConnectError& error) {
    CHECK_FALSE(error.permanent());  // the other has not been asked
  }
  CHECK(get(client.get_status(kPatience)).version == "9.8.7");
}

TEST_CASE("timestamps are taken over TLS, and from the next server where one is refused",
          "[client_tls_failover]") {
  Open expired("expired");
  Open good;
  TimestampSourceOptions options;
  options.client = trusting({expired.peer.endpoint(), good.peer.endpoint()});
  options.timeout = kPatience;
  TimestampSource source(options);
  CHECK(source.take(3).first == 1001);
}

TEST_CASE("timestamps that no server will hand out over TLS are given up at once", "[client_tls_failover]") {
  Open expired("expired");
  Guarded guarded;
  TimestampSourceOptions options;
  options.client = trusting({expired.peer.endpoint(), guarded.peer.endpoint()});
  options.timeout = kPatience;
  TimestampSource source(options);
  for (int takes = 1; takes <= 2; ++takes) {
    const std::string line = line_of<ConnectError>([&] { source.take(); });
    CHECK(has(line, "the server's certificate has expired"));
    CHECK(has(line, "the server wants a client certificate"));
    CHECK(expired.peer.connections() == takes);
    CHECK(guarded.peer.connections() == takes);
  }
}

TEST_CASE("beside a server that may come back timestamps are asked for again", "[client_tls_failover]") {
  Open expired("expired");
  LocalClock clock;
  Peer late = tls_peer([&](PeerConnection& connection, int index) {
    index < 2 ? connection.close() : connection.serve(clock);
  });
  TimestampSourceOptions options;
  options.client = trusting({expired.peer.endpoint(), late.endpoint()});
  options.timeout = kPatience;
  TimestampSource source(options);
  CHECK(source.take() == 1001);
  CHECK(expired.peer.connections() == 3);
}

TEST_CASE("a source of timestamps goes between plain servers and TLS", "[client_tls_failover]") {
  LocalClock clock;
  DeadPort dead;
  Open good;
  TimestampSourceOptions options;
  options.client = trusting({dead.endpoint(), good.peer.endpoint()});
  options.client.tls.on = false;
  options.timeout = kPatience;
  TimestampSource source(options);
  CHECK(source.take() == 1001);
}

/// Knows who leads, and does not itself.
class Standby : public LocalClock {
 public:
  std::string leader;
  void get_timestamps(TimestampRange&, const std::int32_t) override {
    OracleUnavailable unavailable;
    unavailable.__set_message("not the leader");
    unavailable.__set_fault(OracleFault::NOT_LEADER);
    unavailable.__set_leader(leader);
    throw unavailable;
  }
};

TEST_CASE("a leader that a TLS server names is asked by TLS", "[client_tls_failover]") {
  Open leader;
  wire::Endpoint named = leader.peer.endpoint();
  named.tls = GENERATE(false, true);
  Standby standby;
  standby.leader = wire::to_string(named);
  Peer first = tls_peer(serving(standby));
  TimestampSourceOptions options;
  options.client = trusting({first.endpoint()});
  options.client.tls.on = false;  // tls: alone says it
  options.timeout = kPatience;
  TimestampSource source(options);
  CHECK(source.take() == 1001);
}

TEST_CASE("a bounded clock asks by TLS", "[client_tls_failover]") {
  Open good;
  BoundedClockOptions options;
  options.servers = {trusting({good.peer.endpoint()})};
  BoundedClock clock(options);
  CHECK(clock.wait_until_known(kPatience));
}

}  // namespace
}  // namespace timeservice::client
