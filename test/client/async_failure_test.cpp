// What an AsyncTimeClient does when the server does not do its part.

#include <cstdint>
#include <string_view>

#include "test/client/async_under_test.h"
#include "test/support/catch.h"

namespace timeservice::client {
namespace {

using apache::thrift::TApplicationException;

std::string mismatch(const wire::Endpoint& endpoint, const std::string& why) {
  return at(endpoint, "receive: no binary reply over buffered transport (" + why +
                          "): check --protocol and --transport, and that a time-server listens there");
}

/// On its first connection it reads two requests and plays `spoil`; then it waits for
/// the end. On others it answers.
Peer::Script spoiling(const std::function<void(PeerConnection&, PeerConnection::Request)>& spoil) {
  return [spoil](PeerConnection& connection, int index) {
    if (index > 0) {
      for (;;) connection.reply_text(connection.read_request(), "noon");
    }
    const auto first = connection.read_request();
    connection.read_request();
    spoil(connection, first);
    connection.wait_until_closed();
  };
}

struct Outcome {
  std::string first;
  std::string second;
  std::string next;
};

/// The lines of two calls that are to fail with E, and what the next call gets.
template <typename E>
Outcome outcome_of(const Peer& peer, const ClientOptions& options) {
  AsyncTimeClient client(options);
  auto first = client.get_time(kPatience);
  auto second = client.get_time(kPatience);
  Outcome outcome;
  outcome.first = failure<E>(first);
  outcome.second = failure<E>(second);
  outcome.next = get(client.get_time(kPatience));
  CHECK(peer.connections() == 2);
  return outcome;
}

TEST_CASE("a reply that answers no call fails all in flight, and the next connects anew", "[async_failure]") {
  struct Row {
    const char* method;
    std::int32_t number;
    std::string_view found;
  };
  const Row rows[] = {{"get_time", 99, "'get_time' of type 2, number 99"},
                      {"get_time", 0, "'get_time' of type 2, number 0"},
                      {"get_time", -1, "'get_time' of type 2, number -1"},
                      {"exchange", 1, "'exchange' of type 2, number 1"}};
  for (const Row& row : rows) {
    Peer peer(spoiling([&](PeerConnection& connection, const PeerConnection::Request&) {
      connection.reply_text({row.method, row.number}, "another's");
    }));
    const Outcome outcome = outcome_of<ProtocolMismatch>(peer, patient_options({peer.endpoint()}));
    CHECK(outcome.first == mismatch(peer.endpoint(), "a message " + std::string(row.found) +
                                                         ", that answers no call in flight"));
    CHECK(outcome.second == outcome.first);
    CHECK(outcome.next == "noon");
  }
}

TEST_CASE("a second reply to the same call is a mismatch", "[async_failure]") {
  Peer peer(spoiling([](PeerConnection& connection, const PeerConnection::Request& first) {
    connection.reply_text(first, "one");
    connection.reply_text(first, "two");
  }));
  AsyncTimeClient client(patient_options({peer.endpoint()}));
  auto first = client.get_time(kPatience);
  auto second = client.get_time(kPatience);
  CHECK(get(first) == "one");
  CHECK_THROWS_AS(get(second), ProtocolMismatch);
  CHECK(get(client.get_time(kPatience)) == "noon");
}

TEST_CASE("bytes that are no reply fail all in flight in every dialect", "[async_failure]") {
  const std::string garbage[] = {
      "HTTP/1.1 400 Bad Request\r\n\r\n",
      std::string(64, '\xff'),
      std::string("\x80\x01\x00\x02\x7f\xff\xff\xff", 8) + std::string(64, 'x'),
      std::string("\x80\x01\x00\x09\x00\x00\x00\x01x\x00\x00\x00\x01\x00", 14),
      "{\"error\":1}{\"error\":1}{\"error\":1}",
  };
  for (const auto& protocol : wire::kProtocols) {
    for (const auto& transport : wire::kTransports) {
      for (const std::string& bytes : garbage) {
        if (protocol.protocol == wire::Protocol::kAuto) continue;
        if (transport.transport == wire::Transport::kAuto) continue;
        CAPTURE(protocol.name, transport.name, bytes);
        Peer peer(spoiling([&](PeerConnection& connection, const PeerConnection::Request&) {
                    connection.write_raw(bytes);
                    connection.close();  // for those dialects in which it might become a reply
                  }),
                  Peer::Address::kV4, {protocol.protocol, transport.transport});
        ClientOptions options = patient_options({peer.endpoint()});
        options.protocol = protocol.protocol;
        options.transport = transport.transport;
        AsyncTimeClient client(options);
        auto first = client.get_time(kPatience);
        auto second = client.get_time(kPatience);
        CHECK_THROWS_AS(get(first), ClientError);
        CHECK_THROWS_AS(get(second), ClientError);
        CHECK(get(client.get_time(kPatience)) == "noon");
      }
    }
  }
}

TEST_CASE("a reply over the limit fails all in flight", "[async_failure]") {
  for (const auto transport : {wire::Transport::kBuffered, wire::Transport::kFramed}) {
    Peer peer(spoiling([&](PeerConnection& connection, const PeerConnection::Request& first) {
                connection.reply_text(first, std::string(wire::Limits{}.string_bytes, 'x'));
              }),
              Peer::Address::kV4, {wire::Protocol::kBinary, transport});
    ClientOptions options = patient_options({peer.endpoint()});
    options.transport = transport;
    const Outcome outcome = outcome_of<ProtocolMismatch>(peer, options);
    CHECK(outcome.first.find("(message_too_large)") != std::string::npos);
    CHECK(outcome.second == outcome.first);
    CHECK(outcome.next == "noon");
  }
}

TEST_CASE("a refusal that names no call fails all in flight, with its text", "[async_failure]") {
  Peer peer(spoiling([](PeerConnection& connection, const PeerConnection::Request&) {
    connection.reply_error({"", 0}, TApplicationException::PROTOCOL_ERROR, "speak\nproperly");
  }));
  const Outcome outcome = outcome_of<ProtocolMismatch>(peer, patient_options({peer.endpoint()}));
  CHECK(outcome.first == mismatch(peer.endpoint(), "speak?properly"));
  CHECK(outcome.next == "noon");
}

/// Echoes another call's time.
class ConfusedClock : public LocalClock {
 public:
  void exchange(ClockExchange& reply, const std::int64_t client_send_ns) override {
    LocalClock::exchange(reply, client_send_ns + 1);
  }
};

TEST_CASE("another's timestamps, or none, fail all in flight", "[async_failure]") {
  ConfusedClock clock;
  Peer confused([&](PeerConnection& connection, int) { connection.serve(clock); });
  AsyncTimeClient client(patient_options({confused.endpoint()}));
  CHECK_THROWS_AS(get(client.exchange_once(kPatience)), ProtocolMismatch);
  Peer empty([](PeerConnection& connection, int) {
    connection.reply(connection.read_request(), apache::thrift::protocol::T_STRUCT,
                     [](auto& exchange) { exchange.writeFieldStop(); });
    connection.wait_until_closed();
  });
  AsyncTimeClient other(patient_options({empty.endpoint()}));
  CHECK_THROWS_AS(get(other.exchange_once(kPatience)), ProtocolMismatch);
}

TEST_CASE("an exception of the server's fails its call alone", "[async_failure]") {
  Peer peer([](PeerConnection& connection, int) {
    const auto first = connection.read_request();
    const auto second = connection.read_request();
    connection.reply_error(first, TApplicationException::UNKNOWN_METHOD, "Invalid\nmethod");
    connection.reply_text(second, "noon");
    connection.wait_until_closed();
  });
  AsyncTimeClient client(patient_options({peer.endpoint()}));
  auto comparison = client.exchange_once(kPatience);
  auto text = client.get_time(kPatience);
  try {
    get(comparison);
    FAIL("nothing was thrown");
  } catch (const ServerError& error) {
    CHECK(error.code() == TApplicationException::UNKNOWN_METHOD);
    CHECK(error.method() == "exchange");
    CHECK(error.what() == at(peer.endpoint(),
                             "exchange: the server replied: Invalid?method: the server is older than this "
                             "client, or no time-server: update it"));
  }
  CHECK(get(text) == "noon");
  CHECK(peer.connections() == 1);
}

TEST_CASE("a reply without a result fails its call alone", "[async_failure]") {
  Peer peer([](PeerConnection& connection, int) {
    connection.reply(connection.read_request(), apache::thrift::protocol::T_I32,
                     [](auto& result) { result.writeI32(7); });
    connection.reply_text(connection.read_request(), "noon");
    connection.wait_until_closed();
  });
  AsyncTimeClient client(patient_options({peer.endpoint()}));
  auto spoilt = client.get_time(kPatience);
  auto good = client.get_time(kPatience);
  CHECK_THROWS_AS(get(spoilt), ServerError);
  CHECK(get(good) == "noon");
}

/// A clock that was set while the server held the call.
class SteppedClock : public LocalClock {
 public:
  void exchange(ClockExchange& reply, const std::int64_t client_send_ns) override {
    LocalClock::exchange(reply, client_send_ns);
    reply.server_send_ns += 3'600'000'000'000;
  }
};

TEST_CASE("a stepped clock fails its call alone", "[async_failure]") {
  SteppedClock clock;
  Peer peer([&](PeerConnection& connection, int) { connection.serve(clock); });
  AsyncTimeClient client(patient_options({peer.endpoint()}));
  CHECK_THROWS_AS(get(client.exchange_once(kPatience)), ClockUnsteady);
  CHECK(get(client.get_status(kPatience)).version == "9.8.7");
  CHECK(peer.connections() == 1);
}

}  // namespace
}  // namespace timeservice::client
