// What a client does when the server, or the way to it, does not do its part.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <future>
#include <string>
#include <string_view>

#include "test/client/client_under_test.h"
#include "test/client/peer.h"
#include "test/support/catch.h"

namespace timeservice::client {
namespace {

using apache::thrift::TApplicationException;
using std::chrono::milliseconds;

std::string at(const wire::Endpoint& endpoint, const std::string& rest) {
  return wire::to_string(endpoint) + ": " + rest;
}

TEST_CASE("after a timeout the next call gets its own reply", "[client_failure]") {
  // The first connection replies late: when the client has closed it, as it should,
  // or, if it has not, to whatever it asks next.
  Peer peer([](PeerConnection& connection, int index) {
    const auto first = connection.read_request();
    if (index > 0) return connection.reply_text(first, "own");
    try {
      connection.read_request();
    } catch (const std::exception&) {
    }
    connection.reply_text(first, "late");
  });
  ClientOptions options = options_for({peer.endpoint()});
  options.receive_timeout = milliseconds(1000);  // also for the second call, on a busy machine
  TimeClient client(options);
  CHECK_THROWS_AS(client.get_time(), TimeoutError);
  CHECK(client.get_time() == "own");
  CHECK(peer.connections() == 2);
}

TEST_CASE("a silent server is reported in time, and not asked twice", "[client_failure]") {
  Peer peer([](PeerConnection& connection, int) { connection.wait_until_closed(); });
  ClientOptions options = options_for({peer.endpoint()});
  options.receive_timeout = milliseconds(100);
  options.transport = GENERATE(wire::Transport::kBuffered, wire::Transport::kFramed);
  const std::string other = options.transport == wire::Transport::kFramed ? "buffered" : "framed";
  CountedWaits counted;
  TimeClient client(options, counted.hooks());
  const auto start = std::chrono::steady_clock::now();
  CHECK(line_of<TimeoutError>([&] { client.get_time(); }) ==
        at(peer.endpoint(), "receive: no reply within 100 ms: the server may be overloaded, or takes only " +
                                other + " transport: try --transport " + other));
  const auto waited = std::chrono::steady_clock::now() - start;
  CHECK(waited >= milliseconds(90));
  CHECK(waited < milliseconds(3000));
  CHECK(counted.waits.empty());
  CHECK(peer.connections() == 1);
}

TEST_CASE("an idle connection that the server has closed is replaced at once", "[client_failure]") {
  const bool by_reset = GENERATE(false, true);
  CAPTURE(by_reset);
  std::promise<void> closed;
  Peer peer([&](PeerConnection& connection, int index) {
    connection.reply_text(connection.read_request(), std::to_string(index));
    if (index > 0) return connection.wait_until_closed();
    by_reset ? connection.reset() : connection.close();
    closed.set_value();
  });
  ClientOptions options = options_for({peer.endpoint()});
  options.retry.retries = 0;
  CountedWaits counted;
  TimeClient client(options, counted.hooks());
  CHECK(client.get_time() == "0");
  closed.get_future().wait();
  CHECK(client.get_time() == "1");
  CHECK(counted.waits.empty());
  CHECK(peer.connections() == 2);
}

TEST_CASE("a server that always closes is given up after the retries", "[client_failure]") {
  const bool by_reset = GENERATE(false, true);
  Peer peer([&](PeerConnection& connection, int) {
    connection.read_request();
    by_reset ? connection.reset() : connection.close();
  });
  CountedWaits counted;
  TimeClient client(options_for({peer.endpoint()}), counted.hooks());
  CHECK(line_of<ConnectionLost>([&] { client.get_time(); }) ==
        at(peer.endpoint(),
           std::string("receive: the server ") + (by_reset ? "reset" : "closed") +
               " the connection: it may be stopping or at its connection limit, or it "
               "refuses binary over buffered "
               "transport: check --protocol and --transport, and that this is a port for Thrift"));
  CHECK(counted.waits == std::vector{milliseconds(37), milliseconds(75)});
  CHECK(peer.connections() == 3);
}

TEST_CASE("a port where nothing listens is tried again, then named", "[client_failure]") {
  DeadPort port;
  CountedWaits counted;
  TimeClient client(options_for({port.endpoint()}), counted.hooks());
  CHECK(line_of<ConnectError>([&] { client.get_time(); }) ==
        at(port.endpoint(),
           "connect: connection refused: nothing listens there; start time-server or name its --endpoint"));
  CHECK(counted.waits.size() == 2);
}

TEST_CASE("each way not to connect has its own line", "[client_failure]") {
  const auto line = [](const wire::Endpoint& endpoint) {
    ClientOptions options = options_for({endpoint});
    options.retry.retries = 0;
    options.connect_timeout = milliseconds(100);
    return line_of<ConnectError>([&] { TimeClient(options).get_time(); });
  };
  DeafPort deaf;
  const auto start = std::chrono::steady_clock::now();
  CHECK(line(deaf.endpoint()) ==
        at(deaf.endpoint(),
           "connect: no answer within 100 ms: is the host up, and its port open in the firewall?"));
  CHECK(std::chrono::steady_clock::now() - start < milliseconds(3000));
  // A label has at most 63 letters: the resolver knows without asking anybody.
  const wire::Endpoint nowhere = {.host = std::string(70, 'x'), .port = 1, .path = {}};
  CHECK(line(nowhere) == at(nowhere, "resolve: unknown host: check the name, and the resolver"));
  CHECK(line({.host = {}, .port = 0, .path = "/nonexistent/socket"}) ==
        "unix:/nonexistent/socket: connect: no such socket: start time-server or name its --endpoint");
}

TEST_CASE("the next endpoint is taken when one cannot be connected to", "[client_failure]") {
  LocalClock clock;
  DeadPort port;
  Peer peer([&](PeerConnection& connection, int) { connection.serve(clock); });
  ClientOptions options = options_for({port.endpoint(), peer.endpoint()});
  options.retry.retries = 0;
  CHECK(TimeClient(options).get_status().version == "9.8.7");
}

TEST_CASE("when no endpoint can be connected to, each is named", "[client_failure]") {
  DeadPort one;
  DeadPort two;
  ClientOptions options = options_for({one.endpoint(), two.endpoint()});
  options.retry.retries = 0;
  const std::string refused =
      "connect: connection refused: nothing listens there; start time-server or name its --endpoint";
  CHECK(line_of<ConnectError>([&] { TimeClient(options).get_time(); }) ==
        at(one.endpoint(), refused) + "; " + at(two.endpoint(), refused));
}

TEST_CASE("after a lost connection or a timeout the next endpoint is taken", "[client_failure]") {
  const bool silent = GENERATE(false, true);
  CAPTURE(silent);
  LocalClock clock;
  Peer bad([&](PeerConnection& connection, int) {
    connection.read_request();
    if (silent) connection.wait_until_closed();
  });
  Peer good([&](PeerConnection& connection, int) { connection.serve(clock); });
  ClientOptions options = options_for({bad.endpoint(), good.endpoint()});
  options.receive_timeout = milliseconds(200);
  CountedWaits counted;
  TimeClient client(options, counted.hooks());
  if (silent) CHECK_THROWS_AS(client.get_time(), TimeoutError);
  CHECK(client.get_time() == "Tue Nov 24 21:30:56 2026");
  CHECK(counted.waits.size() == (silent ? 0 : 1));
  CHECK(bad.connections() == 1);
}

TEST_CASE("a method that the server does not know is a ServerError", "[client_failure]") {
  Peer peer([](PeerConnection& connection, int) {
    for (;;)
      connection.reply_error(connection.read_request(), TApplicationException::UNKNOWN_METHOD,
                             "Invalid\nmethod");
  });
  TimeClient client(options_for({peer.endpoint()}));
  try {
    client.exchange();
    FAIL("nothing was thrown");
  } catch (const ServerError& error) {
    CHECK(error.code() == TApplicationException::UNKNOWN_METHOD);
    CHECK(error.method() == "exchange");
    CHECK(error.what() == at(peer.endpoint(),
                             "exchange: the server replied: Invalid?method: the server is older than this "
                             "client, or no time-server: update it"));
  }
  CHECK(peer.connections() == 1);
}

TEST_CASE("bytes that are no reply are a mismatch and close the connection", "[client_failure]") {
  const std::string garbage[] = {
      "HTTP/1.1 400 Bad Request\r\n\r\n",
      std::string(64, '\xff'),
      std::string("\x80\x01\x00\x02\x7f\xff\xff\xff", 8) + std::string(64, 'x'),
      "{\"error\":1}{\"error\":1}{\"error\":1}",
  };
  for (const auto& protocol : wire::kProtocols) {
    for (const auto& transport : wire::kTransports) {
      for (const std::string& bytes : garbage) {
        if (protocol.protocol == wire::Protocol::kAuto) continue;
        if (transport.transport == wire::Transport::kAuto) continue;
        CAPTURE(protocol.name, transport.name, bytes);
        std::promise<void> closed;
        Peer peer(
            [&](PeerConnection& connection, int) {
              connection.read_request();
              connection.write_raw(bytes);
              connection.wait_until_closed();
              closed.set_value();
            },
            Peer::Address::kV4, {protocol.protocol, transport.transport});
        ClientOptions options = options_for({peer.endpoint()});
        options.protocol = protocol.protocol;
        options.transport = transport.transport;
        TimeClient client(options);
        CHECK_THROWS_AS(client.get_time(), ProtocolMismatch);
        REQUIRE(closed.get_future().wait_for(std::chrono::seconds(5)) == std::future_status::ready);
        CHECK(peer.connections() == 1);
      }
    }
  }
}

TEST_CASE("a reply that is over the limit is a mismatch, and not asked for again", "[client_failure]") {
  const auto transport = GENERATE(wire::Transport::kBuffered, wire::Transport::kFramed);
  const wire::Limits limits;
  const std::string text(limits.string_bytes, 'x');  // and the message has more than the string
  Peer peer(
      [&](PeerConnection& connection, int) {
        connection.reply_text(connection.read_request(), text);
        connection.wait_until_closed();
      },
      Peer::Address::kV4, {wire::Protocol::kBinary, transport});
  ClientOptions options = options_for({peer.endpoint()});
  options.transport = transport;
  TimeClient client(options);
  CHECK_THROWS_AS(client.get_time(), ProtocolMismatch);
  CHECK(peer.connections() == 1);
}

TEST_CASE("a reply to another call is a mismatch", "[client_failure]") {
  struct Row {
    const char* method;
    std::int32_t number;
    std::string_view found;
  };
  const Row rows[] = {{"get_time", 99, "'get_time' of type 2, number 99"},
                      {"exchange", 1, "'exchange' of type 2, number 1"}};
  for (const Row& row : rows) {
    Peer peer([&](PeerConnection& connection, int) {
      connection.read_request();
      connection.reply_text({row.method, row.number}, "another's");
      connection.wait_until_closed();
    });
    TimeClient client(options_for({peer.endpoint()}));
    CHECK(line_of<ProtocolMismatch>([&] { client.get_time(); }) ==
          at(peer.endpoint(),
             "receive: no binary reply over buffered transport (a message " + std::string(row.found) +
                 ", where the reply to 'get_time', number 1, should be): check --protocol and "
                 "--transport, and that a time-server listens there"));
  }
}

/// Replies of which no comparison can be made.
class BrokenClock : public LocalClock {
 public:
  std::int64_t echo_ns = 0;
  std::int64_t held_ns = 0;

  void exchange(ClockExchange& reply, const std::int64_t client_send_ns) override {
    LocalClock::exchange(reply, client_send_ns);
    reply.client_send_ns += echo_ns;
    reply.server_send_ns += held_ns;
  }
};

TEST_CASE("timestamps of another exchange are a mismatch", "[client_failure]") {
  BrokenClock clock;
  clock.echo_ns = 1;
  Peer peer([&](PeerConnection& connection, int) { connection.serve(clock); });
  CHECK_THROWS_AS(TimeClient(options_for({peer.endpoint()})).exchange(), ProtocolMismatch);
}

TEST_CASE("a clock that is stepped during every exchange gives no comparison", "[client_failure]") {
  BrokenClock clock;
  clock.held_ns = 3'600'000'000'000;
  Peer peer([&](PeerConnection& connection, int) { connection.serve(clock); });
  CHECK(line_of<ClockUnsteady>([&] { TimeClient(options_for({peer.endpoint()})).exchange(3); }) ==
        "exchange: none of 3 samples can be used: a clock was stepped meanwhile, or is out of range: try "
        "again");
}

}  // namespace
}  // namespace timeservice::client
