// Why a client and a server come to no TLS connection, and what both kinds of client say of it.

#include <functional>
#include <string>
#include <thread>

#include <openssl/ssl.h>

#include "test/client/client_tls_under_test.h"
#include "test/support/catch.h"
#include "wire/wire_error.h"

namespace timeservice::client {
namespace {

using std::chrono::milliseconds;

const std::string kLeaveOut = "leave --tls and tls: out, or find the TLS port";

/// Of both clients, at a peer with the certificate of `name`.
std::string refused(const std::string& name, const std::function<void(ClientOptions&)>& change = {}) {
  LocalClock clock;
  Peer peer = tls_peer(serving(clock), server_tls(name));
  ClientOptions options = trusting({peer.endpoint()});
  if (change) change(options);
  const std::string line = both_lines<ConnectError>(options);
  const std::string head = at(options.endpoints.front(), "connect: ");
  return line.starts_with(head) ? line.substr(head.size()) : line;
}

TEST_CASE("a certificate that has expired is refused", "[client_tls_refusal]") {
  CHECK(refused("expired") ==
        "the server's certificate has expired: renew it on the server, or set this machine's clock right");
}

TEST_CASE("a certificate of another name is refused", "[client_tls_refusal]") {
  const std::string advice =
      ": is it the right server? then name it as its certificate does, in subjectAltName, or use "
      "--tls-server-name";
  CHECK(refused("wrong-name") == "the server's certificate is not for '127.0.0.1'" + advice);
  CHECK(refused("server", [](ClientOptions& options) { options.tls.server_name = "elsewhere.example"; }) ==
        "the server's certificate is not for 'elsewhere.example'" + advice);
  CHECK(refused("server", [](ClientOptions& options) { options.tls.server_name = "127.0.0.2"; }) ==
        "the server's certificate is not for '127.0.0.2'" + advice);
}

TEST_CASE("a certificate that names its server nowhere but in the subject is refused",
          "[client_tls_refusal]") {
  const auto as_in_its_subject = [](ClientOptions& options) { options.tls.server_name = "localhost"; };
  CHECK(has(refused("no-names", as_in_its_subject), "the server's certificate is not for 'localhost': "));
}

TEST_CASE("a certificate of an unknown CA is refused", "[client_tls_refusal]") {
  const std::string unknown =
      "the server's certificate is signed by an unknown CA, or the server leaves out one between: is it the "
      "right server? then name its CA's certificate in --tls-ca";
  CHECK(refused("impostor") == unknown);
  CHECK(refused("server", [](ClientOptions& options) { options.tls.ca = certificate("other-ca.pem"); }) ==
        unknown);
  // What this machine trusts.
  CHECK(refused("server", [](ClientOptions& options) { options.tls.ca.clear(); }) == unknown);
}

TEST_CASE("a client's certificate is none of a server", "[client_tls_refusal]") {
  CHECK(has(refused("client"), "certificate purpose): see to the server's certificate"));
}

TEST_CASE("a server that gets no certificate, or a stranger's, turns the client away",
          "[client_tls_refusal]") {
  const bool stranger = GENERATE(false, true);
  const int version = GENERATE(TLS1_2_VERSION, TLS1_3_VERSION);
  CAPTURE(stranger, version);
  LocalClock clock;
  Peer peer = tls_peer(serving(clock), server_tls_of(version, "server", "ca.pem"));
  const ClientOptions options =
      stranger ? trusting_as("stranger", {peer.endpoint()}) : trusting({peer.endpoint()});
  const std::string none = version == TLS1_3_VERSION
                               ? "the server wants a client certificate: name one in --tls-cert and --tls-key"
                               : "the server refused the TLS handshake (handshake failure): it may want a "
                                 "client certificate: name one in --tls-cert and --tls-key";
  CHECK(both_lines<ConnectError>(options) ==
        at(peer.endpoint(), "connect: " + (stranger ? "the server does not accept this client's certificate "
                                                      "(unknown CA): name one that a CA of the server has "
                                                      "signed in --tls-cert and --tls-key"
                                                    : none)));
}

TEST_CASE("TLS before 1.2 is refused", "[client_tls_refusal]") {
  LocalClock clock;
  Peer peer = tls_peer(serving(clock), server_tls_of(TLS1_1_VERSION, "server"));
  CHECK(both_lines<ConnectError>(trusting({peer.endpoint()})) ==
        at(peer.endpoint(), "connect: the port takes no TLS, or none of version 1.2 or later: " + kLeaveOut));
}

TEST_CASE("a port that answers without TLS is told", "[client_tls_refusal]") {
  for (const std::string answer : {"HTTP/1.1 400 Bad Request\r\n\r\n", "\x80\x01", "220 ready\r\n"}) {
    const bool closes = GENERATE(false, true);
    CAPTURE(answer, closes);
    Peer peer([&](PeerConnection& connection, int) {
      connection.write_raw(answer);
      if (!closes) connection.wait_until_closed();
    });
    ClientOptions options = trusting({with_tls(peer.endpoint())});
    options.connect_timeout = answer.size() < 5 ? milliseconds(200) : kPatience;
    CHECK(both_lines<ConnectError>(options) ==
          at(options.endpoints[0], "connect: the port answers without TLS: " + kLeaveOut));
  }
}

TEST_CASE("a server that ends the connection in the handshake is told", "[client_tls_refusal]") {
  const bool by_reset = GENERATE(false, true);
  CAPTURE(by_reset);
  Peer peer([&](PeerConnection& connection, int) {
    connection.wait_for_bytes();
    by_reset ? connection.reset() : connection.close();
  });
  const ClientOptions options = trusting({with_tls(peer.endpoint())});
  CHECK(
      both_lines<ConnectError>(options) ==
      at(options.endpoints[0],
         "connect: the server closed the connection in the TLS handshake: it may take no TLS: " + kLeaveOut));
}

TEST_CASE("a handshake that stalls is given up after the connect timeout", "[client_tls_refusal]") {
  const bool half_way = GENERATE(false, true);
  CAPTURE(half_way);
  Peer peer([&](PeerConnection& connection, int) {
    if (half_way) connection.write_raw(std::string("\x16\x03\x03\x00\x7a\x02", 6));
    connection.wait_until_closed();
  });
  ClientOptions options = trusting({with_tls(peer.endpoint())});
  options.connect_timeout = milliseconds(150);
  const auto start = std::chrono::steady_clock::now();
  CHECK(both_lines<ConnectError>(options) ==
        at(options.endpoints[0],
           "connect: no TLS handshake within 150 ms: the server may be overloaded, or take no TLS: " +
               kLeaveOut));
  CHECK(std::chrono::steady_clock::now() - start >= milliseconds(300));
}

TEST_CASE("a handshake that drips is given up after the connect timeout too", "[client_tls_refusal]") {
  Peer peer([&](PeerConnection& connection, int) {
    connection.write_raw(std::string("\x16\x03\x03\x3f\xff\x02\x00\x3f\xfb", 9));
    for (;; std::this_thread::sleep_for(milliseconds(20))) connection.write_raw("x");
  });
  ClientOptions options = trusting({with_tls(peer.endpoint())});
  options.connect_timeout = milliseconds(200);
  CHECK(has(both_lines<ConnectError>(options), "no TLS handshake within 200 ms"));
}

TEST_CASE("an alert that is no judgement is told by its name", "[client_tls_refusal]") {
  Peer peer([&](PeerConnection& connection, int) {
    connection.wait_for_bytes();
    connection.write_raw(std::string("\x15\x03\x03\x00\x02\x02\x50", 7));
    connection.wait_until_closed();
  });
  const ClientOptions options = trusting({with_tls(peer.endpoint())});
  CHECK(both_lines<ConnectError>(options) ==
        at(options.endpoints[0],
           "connect: the server refused the TLS handshake (internal error): see the server's log"));
}

TEST_CASE("a plain client is told that the server takes TLS only", "[client_tls_refusal]") {
  const bool by_alert = GENERATE(false, true);
  const auto transport = GENERATE(wire::Transport::kBuffered, wire::Transport::kFramed);
  CAPTURE(by_alert, wire::name(transport));
  Peer peer(
      [&](PeerConnection& connection, int) {
        const auto request = connection.read_request();
        if (by_alert) {
          connection.write_raw(std::string("\x15\x03\x01\x00\x02\x02\x46", 7));
        } else {
          connection.reply_error(request, apache::thrift::TApplicationException::PROTOCOL_ERROR,
                                 "plain: " + std::string(wire::advice(wire::WireError::kPlain)));
        }
        connection.wait_until_closed();
      },
      Peer::Address::kV4, {wire::Protocol::kBinary, transport});
  ClientOptions options = options_for({peer.endpoint()});
  options.transport = transport;
  options.retry.retries = 0;
  CHECK(both_lines<ConnectError>(options) ==
        at(peer.endpoint(), "connect: the server takes TLS only: use --tls, or write the endpoint as " +
                                wire::to_string(with_tls(peer.endpoint()))));
}

}  // namespace
}  // namespace timeservice::client
