// A blocking client over TLS, where all is well with the certificates.

#include <future>
#include <string>

#include <openssl/ssl.h>

#include "test/client/client_tls_under_test.h"
#include "test/support/catch.h"

namespace timeservice::client {
namespace {

using std::chrono::milliseconds;

TEST_CASE("every protocol and transport goes over TLS 1.2 and 1.3", "[client_tls]") {
  LocalClock clock;
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    for (const auto& protocol : wire::kProtocols) {
      for (const auto& transport : wire::kTransports) {
        if (protocol.protocol == wire::Protocol::kAuto) continue;
        if (transport.transport == wire::Transport::kAuto) continue;
        CAPTURE(version, protocol.name, transport.name);
        std::promise<std::string> spoken;
        Peer peer(
            [&](PeerConnection& connection, int) {
              connection.tls()->handshake();
              spoken.set_value(connection.tls()->version());
              connection.serve(clock);
            },
            Peer::Address::kV4, {protocol.protocol, transport.transport}, server_tls_of(version, "server"));
        ClientOptions options = trusting({peer.endpoint()});
        options.protocol = protocol.protocol;
        options.transport = transport.transport;
        TimeClient client(options);
        CHECK(client.get_status().version == "9.8.7");
        CHECK(client.get_time() == "Tue Nov 24 21:30:56 2026");
        CHECK(spoken.get_future().get() == (version == TLS1_2_VERSION ? "TLSv1.2" : "TLSv1.3"));
        CHECK(peer.connections() == 1);
      }
    }
  }
}

TEST_CASE("a certificate is for names and for addresses", "[client_tls]") {
  LocalClock clock;
  Peer peer = tls_peer(serving(clock));
  CHECK(TimeClient(trusting({peer.endpoint()})).get_status().version == "9.8.7");
  const wire::Endpoint by_name = {.host = "localhost", .port = peer.endpoint().port, .path = {}, .tls = true};
  CHECK(TimeClient(trusting({by_name})).get_status().version == "9.8.7");
}

TEST_CASE("a unix socket's server is known by the name that is given", "[client_tls]") {
  LocalClock clock;
  Peer peer = tls_peer(serving(clock), server_tls("server"), Peer::Address::kUnix);
  ClientOptions options = trusting({peer.endpoint()});
  options.tls.server_name = GENERATE("localhost", "127.0.0.1", "::1");
  CHECK(TimeClient(options).get_status().version == "9.8.7");
  options.tls.server_name = "elsewhere.example";
  CHECK_THROWS_AS(TimeClient(options).get_status(), ConnectError);
}

TEST_CASE("a server may have an elliptic key", "[client_tls]") {
  LocalClock clock;
  Peer peer = tls_peer(serving(clock), server_tls("server-ec"));
  CHECK(TimeClient(trusting({peer.endpoint()})).get_status().version == "9.8.7");
}

TEST_CASE("an endpoint that says tls: has TLS, and one that does not is plain", "[client_tls]") {
  LocalClock clock;
  Peer secret = tls_peer(serving(clock));
  Peer plain(serving(clock));
  ClientOptions options = trusting({});
  options.tls.on = false;
  options.endpoints = {secret.endpoint(), plain.endpoint()};
  CHECK(TimeClient(options).get_status().version == "9.8.7");
  options.endpoints = {plain.endpoint(), secret.endpoint()};
  CHECK(TimeClient(options).get_status().version == "9.8.7");
  CHECK(secret.connections() == 1);
  CHECK(plain.connections() == 1);
}

TEST_CASE("with TLS on, endpoints need not say it", "[client_tls]") {
  LocalClock clock;
  Peer peer = tls_peer(serving(clock));
  wire::Endpoint unsaid = peer.endpoint();
  unsaid.tls = false;
  const ClientOptions options = trusting({unsaid});
  CHECK(TimeClient(options).get_status().version == "9.8.7");
  AsyncTimeClient client(options);
  CHECK(get(client.get_status(kPatience)).version == "9.8.7");
  ClientOptions distrusting = options;
  distrusting.tls.ca = certificate("other-ca.pem");
  CHECK(both_lines<ConnectError>(distrusting).starts_with(wire::to_string(peer.endpoint())));
}

TEST_CASE("a server that wants a client's certificate gets it", "[client_tls]") {
  LocalClock clock;
  const int version = GENERATE(TLS1_2_VERSION, TLS1_3_VERSION);
  Peer peer = tls_peer(serving(clock), server_tls_of(version, "server", "ca.pem"));
  TimeClient client(trusting_as("client", {peer.endpoint()}));
  CHECK(client.get_status().version == "9.8.7");
  CHECK(client.get_time() == "Tue Nov 24 21:30:56 2026");
}

TEST_CASE("a reply of many records is read whole, and so is one of many small ones", "[client_tls]") {
  const std::string text(300'000, 'x');
  Peer peer = tls_peer([&](PeerConnection& connection, int) {
    connection.reply_text(connection.read_request(), text);
    // A reply to the second call, letter by letter: each a record of its own.
    connection.read_request();
    const std::string reply(
        "\x80\x01\x00\x02\x00\x00\x00\x08get_time\x00\x00\x00\x02\x0b\x00\x00\x00\x00\x00\x02hi\0", 30);
    for (const char letter : reply) connection.write_raw(std::string(1, letter));
    connection.wait_until_closed();
  });
  TimeClient client(trusting({peer.endpoint()}));
  CHECK(client.get_time() == text);
  CHECK(client.get_time() == "hi");
}

TEST_CASE("a large request goes out whole", "[client_tls]") {
  LocalClock clock;
  Peer peer = tls_peer(serving(clock));
  TimeClient client(trusting({peer.endpoint()}));
  const std::string format(500'000, 'f');
  CHECK(client.to_local({1}, "UTC", format).at(0).text == "UTC|" + format + "|1");
}

TEST_CASE("a reply that TLS does not end is a lost connection", "[client_tls]") {
  const bool in_order = GENERATE(false, true);
  CAPTURE(in_order);
  Peer peer = tls_peer([&](PeerConnection& connection, int) {
    connection.read_request();
    connection.write_raw(std::string("\x80\x01\x00\x02\x00\x00\x00\x08get_", 12));
    if (in_order) connection.tls()->finish();
    connection.close();
  });
  CHECK(both_lines<ConnectionLost>(trusting({peer.endpoint()})) ==
        at(peer.endpoint(),
           "receive: the server closed the connection: it may be stopping or at its connection limit, or it "
           "refuses binary over buffered transport: check --protocol and --transport, and that this is a "
           "port for Thrift"));
}

TEST_CASE("an idle TLS connection that the server has closed is replaced at once", "[client_tls]") {
  const int how = GENERATE(0, 1, 2);
  CAPTURE(how);
  std::promise<void> closed;
  Peer peer = tls_peer([&](PeerConnection& connection, int index) {
    connection.reply_text(connection.read_request(), std::to_string(index));
    if (index > 0) return connection.wait_until_closed();
    if (how == 0) connection.tls()->finish();
    how == 2 ? connection.reset() : connection.close();
    closed.set_value();
  });
  CountedWaits counted;
  TimeClient client(trusting({peer.endpoint()}), counted.hooks());
  CHECK(client.get_time() == "0");
  closed.get_future().wait();
  CHECK(client.get_time() == "1");
  CHECK(counted.waits.empty());
  CHECK(peer.connections() == 2);
}

TEST_CASE("a TLS record that was changed on its way is a lost connection", "[client_tls]") {
  Peer peer = tls_peer([&](PeerConnection& connection, int) {
    connection.read_request();
    connection.write_beneath(std::string("\x17\x03\x03\x00\x20", 5) + std::string(32, 'x'));
    connection.wait_until_closed();
  });
  CHECK(both_lines<ConnectionLost>(trusting({peer.endpoint()})) ==
        at(peer.endpoint(),
           "receive: the TLS connection broke (decryption failed or bad record mac): it may be stopping or "
           "at its connection limit, or it refuses binary over buffered transport: check --protocol and "
           "--transport, and that this is a port for Thrift"));
}

TEST_CASE("a silent server is reported in time over TLS", "[client_tls]") {
  Peer peer = tls_peer([](PeerConnection& connection, int) { connection.wait_until_closed(); });
  ClientOptions options = trusting({peer.endpoint()});
  options.receive_timeout = milliseconds(100);
  const auto start = std::chrono::steady_clock::now();
  CHECK_THROWS_AS(TimeClient(options).get_time(), TimeoutError);
  CHECK(std::chrono::steady_clock::now() - start >= milliseconds(100));
  CHECK(peer.connections() == 1);
}

}  // namespace
}  // namespace timeservice::client
