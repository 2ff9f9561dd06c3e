// What a client is told of TLS, and cannot do.

#include <unistd.h>

#include <fstream>
#include <functional>
#include <string>

#include "client/bounded_clock.h"
#include "client/timestamp_source.h"
#include "test/client/client_tls_under_test.h"
#include "test/support/catch.h"

namespace timeservice::client {
namespace {

/// Every client is made in vain, with the same line.
std::string refused(const ClientOptions& options) {
  const std::string line = line_of<std::invalid_argument>([&] { TimeClient client(options); });
  const std::function<void()> others[] = {
      [&] { AsyncTimeClient client(options); },
      [&] { TimestampSource source({.client = options}); },
      [&] {
        BoundedClockOptions clock;
        clock.servers = {options};
        BoundedClock bounded(clock);
      },
  };
  for (const auto& other : others) CHECK(line_of<std::invalid_argument>(other) == line);
  return line;
}

std::string refused(const std::function<void(ClientOptions&)>& change) {
  ClientOptions options = options_for({{.host = "localhost", .port = 9443, .path = {}, .tls = true}});
  change(options);
  return refused(options);
}

TEST_CASE("who sets anything of TLS does not go without it", "[client_tls_options]") {
  const auto plain = [](const std::function<void(TlsClientOptions&)>& change) {
    return refused([&](ClientOptions& options) {
      options.endpoints[0].tls = false;
      change(options.tls);
    });
  };
  const std::string rest = " does nothing without TLS: use --tls, or write the endpoint as tls:host:port";
  CHECK(plain([](TlsClientOptions& tls) { tls.ca = certificate("ca.pem"); }) == "--tls-ca" + rest);
  CHECK(plain([](TlsClientOptions& tls) { tls.certificate = "x"; }) == "--tls-cert" + rest);
  CHECK(plain([](TlsClientOptions& tls) { tls.key = "x"; }) == "--tls-key" + rest);
  CHECK(plain([](TlsClientOptions& tls) { tls.server_name = "x"; }) == "--tls-server-name" + rest);
}

TEST_CASE("a certificate goes with its key", "[client_tls_options]") {
  CHECK(refused([](ClientOptions& options) { options.tls.certificate = certificate("client.pem"); }) ==
        "--tls-cert without --tls-key: name the certificate's key, or the same file if it holds both");
  CHECK(refused([](ClientOptions& options) { options.tls.key = certificate("client.key"); }) ==
        "--tls-key without --tls-cert: name the key's certificate");
}

TEST_CASE("a name that no certificate can be for is refused", "[client_tls_options]") {
  for (const std::string& name :
       {std::string("a b"), std::string("a/b"), std::string("[::1]"), std::string("localhost\0", 10)}) {
    CHECK(refused([&](ClientOptions& options) { options.tls.server_name = name; }) ==
          "--tls-server-name '" + printable(name) +
              "': a host's name has no space, '/', '[' or ']'; write a name or an address");
  }
}

TEST_CASE("a unix socket with TLS needs a name", "[client_tls_options]") {
  const std::string line =
      ": a unix socket has no name that its server's certificate could be for: use "
      "--tls-server-name";
  const wire::Endpoint socket = {.host = {}, .port = 0, .path = "/run/t.sock", .tls = true};
  CHECK(refused([&](ClientOptions& options) { options.endpoints = {socket}; }) ==
        "'tls:unix:/run/t.sock'" + line);
  CHECK(refused([&](ClientOptions& options) {
          options.endpoints = {socket};
          options.endpoints[0].tls = false;
          options.tls.on = true;
        }) == "'unix:/run/t.sock'" + line);
}

TEST_CASE("a file that cannot be used is named with its flag", "[client_tls_options]") {
  const auto with = [](const std::string& pem, const std::string& key) {
    return refused([&](ClientOptions& options) {
      options.tls.certificate = pem;
      options.tls.key = key;
    });
  };
  const std::string good = certificate("client.pem");
  const std::string own = certificate("client.key");
  const auto begins = [](const std::string& line, const std::string& begin) {
    CAPTURE(line, begin);
    CHECK(line.starts_with(begin));
  };
  for (const std::string bad : {"/nonexistent", "/", "/etc/hostname"}) {
    begins(refused([&](ClientOptions& options) { options.tls.ca = bad; }),
           "--tls-ca: the CA '" + bad + "' cannot be used: ");
    begins(with(bad, own), "--tls-cert: the certificate '" + bad + "' cannot be used: ");
    begins(with(good, bad), "--tls-key: the key '" + bad + "' cannot be used: ");
  }
  begins(with(good, certificate("stranger.key")), "--tls-key: the key '" + certificate("stranger.key"));
  // Nobody is asked for its password.
  begins(with(certificate("locked.pem"), certificate("locked.key")), "--tls-key: the key '");
}

TEST_CASE("a certificate and its key may be one file", "[client_tls_options]") {
  const std::string both = "/tmp/client-tls-options-test-" + std::to_string(::getpid()) + ".pem";
  {
    std::ofstream file(both);
    file << std::ifstream(certificate("client.pem")).rdbuf()
         << std::ifstream(certificate("client.key")).rdbuf();
  }
  LocalClock clock;
  Peer peer = tls_peer(serving(clock), server_tls("server", "ca.pem"));
  ClientOptions options = trusting({peer.endpoint()});
  options.tls.certificate = options.tls.key = both;
  CHECK(TimeClient(options).get_status().version == "9.8.7");
  ::unlink(both.c_str());
}

TEST_CASE("a client reads its files once", "[client_tls_options]") {
  const std::string ca = "/tmp/client-tls-options-test-" + std::to_string(::getpid()) + "-ca.pem";
  std::ofstream(ca) << std::ifstream(certificate("ca.pem")).rdbuf();
  LocalClock clock;
  Peer peer = tls_peer(serving(clock));
  ClientOptions options = trusting({peer.endpoint()});
  options.tls.ca = ca;
  TimeClient client(options);
  AsyncTimeClient other(options);
  ::unlink(ca.c_str());
  CHECK(client.get_status().version == "9.8.7");
  CHECK(get(other.get_status(kPatience)).version == "9.8.7");
}

}  // namespace
}  // namespace timeservice::client
