// Both kinds of client and the real host, over TLS, in one process.

#include <string>
#include <thread>
#include <vector>

#include "test/client/client_tls_under_test.h"
#include "test/client/time_host.h"
#include "test/support/catch.h"
#include "test/support/dialects.h"

namespace timeservice::client {
namespace {

host::TlsOptions proof(const std::string& client_ca = "") {
  return {.certificate = certificate("server.pem"),
          .key = certificate("server.key"),
          .client_ca = client_ca.empty() ? "" : certificate(client_ca)};
}

/// A host with TLS.
struct SecretHost {
  explicit SecretHost(std::string_view mode, const std::string& client_ca = "")
      : host(service, mode, {.host = "127.0.0.1", .port = 0, .path = {}, .tls = true}, proof(client_ca)) {}
  LocalClock service;
  TimeHost host;
};

ClientOptions speaking(const wire::Dialect& dialect, ClientOptions options) {
  options.connect_timeout = options.send_timeout = options.receive_timeout = kPatience;
  options.protocol = dialect.protocol;
  options.transport = dialect.transport;
  return options;
}

constexpr wire::Dialect kFramed = {wire::Protocol::kBinary, wire::Transport::kFramed};

TEST_CASE("every mode serves both clients over TLS in every dialect that it carries", "[client_tls_host]") {
  for (const auto& mode : host::kModes) {
    SecretHost host(mode.name);
    for (const wire::Dialect& dialect : test::dialects_of(mode)) {
      CAPTURE(mode.name, wire::name(dialect.protocol), wire::name(dialect.transport));
      const ClientOptions options = speaking(dialect, trusting({host.host.endpoint()}));
      {
        TimeClient client(options);
        CHECK(client.get_status().version == "9.8.7");
        const std::string format(200'000, 'f');
        CHECK(client.to_local({1}, "UTC", format).at(0).text == "UTC|" + format + "|1");
      }
      AsyncTimeClient client(options);
      std::vector<std::future<std::string>> texts;
      for (int call = 0; call < 200; ++call) texts.push_back(client.get_time(kPatience));
      int good = 0;
      for (auto& text : texts) good += get(text).size() == 24 ? 1 : 0;
      CHECK(good == 200);
    }
  }
}

TEST_CASE("every mode asks both clients for their certificate", "[client_tls_host]") {
  for (const auto& mode : host::kModes) {
    CAPTURE(mode.name);
    SecretHost host(mode.name, "ca.pem");
    const wire::Endpoint& endpoint = host.host.endpoint();
    {
      CHECK(TimeClient(speaking(kFramed, trusting_as("client", {endpoint}))).get_status().version == "9.8.7");
      AsyncTimeClient client(speaking(kFramed, trusting_as("client", {endpoint})));
      CHECK(get(client.get_status(kPatience)).version == "9.8.7");
    }
    CHECK(
        both_lines<ConnectError>(speaking(kFramed, trusting({endpoint}))) ==
        at(endpoint, "connect: the server wants a client certificate: name one in --tls-cert and --tls-key"));
    CHECK(has(both_lines<ConnectError>(speaking(kFramed, trusting_as("stranger", {endpoint}))),
              "connect: the server does not accept this client's certificate (unknown CA): "));
  }
}

TEST_CASE("every mode tells a plain client that its port takes TLS only", "[client_tls_host]") {
  for (const auto& mode : host::kModes) {
    SecretHost host(mode.name);
    wire::Endpoint plain = host.host.endpoint();
    plain.tls = false;
    for (const wire::Dialect& dialect : test::dialects_of(mode)) {
      CAPTURE(mode.name, wire::name(dialect.protocol), wire::name(dialect.transport));
      ClientOptions options = speaking(dialect, options_for({plain}));
      options.retry.retries = 0;
      CHECK(both_lines<ConnectError>(options) ==
            at(plain, "connect: the server takes TLS only: use --tls, or write the endpoint as " +
                          wire::to_string(host.host.endpoint())));
    }
  }
}

TEST_CASE("a client with TLS is told that a mode's plain port takes none", "[client_tls_host]") {
  for (const auto& mode : host::kModes) {
    CAPTURE(mode.name);
    LocalClock service;
    TimeHost host(service, mode.name);
    const ClientOptions options = speaking(kFramed, trusting({with_tls(host.endpoint())}));
    CHECK(has(both_lines<ConnectError>(options), ": leave --tls and tls: out, or find the TLS port"));
  }
}

TEST_CASE("a host that drains leaves no call over TLS without an end", "[client_tls_host]") {
  for (const auto& mode : host::kModes) {
    CAPTURE(mode.name);
    SecretHost host(mode.name);
    AsyncTimeClient client(speaking(kFramed, trusting({host.host.endpoint()})));
    CHECK(get(client.get_time(kPatience)).size() == 24);
    std::vector<std::future<std::string>> texts;
    for (int call = 0; call < 500; ++call) texts.push_back(client.get_time(kPatience));
    host.host.host().drain(std::chrono::seconds(10));
    int ended = 0;
    for (auto& text : texts) {
      try {
        ended += get(text).size() == 24 ? 1 : 0;
      } catch (const ConnectionLost&) {
        ++ended;
      }
    }
    CHECK(ended == 500);
    CHECK_THROWS_AS(get(client.get_time(kPatience)), ClientError);
  }
}

}  // namespace
}  // namespace timeservice::client
