// A caller of any service: what closes its connection, and what does not.

#include "client/service_caller.h"

#include <stdexcept>
#include <string>

#include <thrift/protocol/TProtocolException.h>

#include "test/client/client_under_test.h"
#include "test/support/catch.h"
#include "test/support/echo_host.h"

namespace timeservice::client {
namespace {

using apache::thrift::protocol::TProtocolException;
using test::EchoClient;

/// A caller of an echo service.
struct EchoCaller {
  test::EchoHost host{test::options_for("threadpool")};
  CountedWaits counted;
  ServiceCaller caller;

  explicit EchoCaller(ClientOptions options = {})
      : caller(at(std::move(options), host.endpoint()), counted.hooks()) {}

  static ClientOptions at(ClientOptions options, const wire::Endpoint& endpoint) {
    options.endpoints = {endpoint};
    return options;
  }

  template <typename Method>
  void call(const Method& method) {
    caller.call([&](const auto& protocol) {
      EchoClient client(protocol);
      method(client);
    });
  }

  std::string echo(const std::string& token) {
    std::string reply;
    call([&](EchoClient& client) { client.echo(reply, token); });
    return reply;
  }

  std::uint64_t connections() { return host.host().counters().connections_accepted; }
};

TEST_CASE("an exception that the IDL declares passes as it is, and the connection stays",
          "[service_caller]") {
  for (const auto& protocol : wire::kProtocols) {
    for (const auto& transport : wire::kTransports) {
      if (protocol.protocol == wire::Protocol::kAuto) continue;
      if (transport.transport == wire::Transport::kAuto) continue;
      CAPTURE(protocol.name, transport.name);
      ClientOptions options;
      options.protocol = protocol.protocol;
      options.transport = transport.transport;
      EchoCaller echo(options);
      int tries = 0;
      try {
        echo.call([&](EchoClient& client) {
          ++tries;
          client.refuse("not today", 7);
        });
        FAIL("nothing was thrown");
      } catch (const echo_service::Refused& refused) {
        CHECK(refused.message == "not today");
        CHECK(refused.code == 7);
      }
      CHECK(tries == 1);
      CHECK(echo.echo("next") == "next");
      CHECK(echo.counted.waits.empty());
      CHECK(echo.connections() == 1);
    }
  }
}

TEST_CASE("a call that the server could not do leaves the connection open", "[service_caller]") {
  EchoCaller echo;
  CHECK_THROWS_AS(echo.call([](EchoClient& client) { client.fail("broken"); }), ServerError);
  CHECK(echo.echo("next") == "next");
  CHECK(echo.connections() == 1);
}

TEST_CASE("what the caller itself throws closes the connection only before the reply", "[service_caller]") {
  EchoCaller echo;
  std::string reply;
  CHECK_THROWS_AS(echo.call([&](EchoClient& client) {
    client.echo(reply, "whole");
    throw std::runtime_error("the caller's own");
  }),
                  std::runtime_error);
  CHECK(reply == "whole");
  CHECK(echo.echo("next") == "next");
  CHECK(echo.connections() == 1);
  CHECK_THROWS_AS(echo.call([&](EchoClient& client) {
    client.send_echo("late");
    throw std::runtime_error("the caller's own");
  }),
                  std::runtime_error);
  CHECK(echo.echo("own") == "own");
  CHECK(echo.connections() == 2);
}

TEST_CASE("a connection that is lost inside the caller's own code is retried within bounds",
          "[service_caller]") {
  EchoCaller echo;
  CHECK(echo.echo("first") == "first");
  int tries = 0;
  CHECK_THROWS_AS(echo.call([&](EchoClient& client) {
    std::string reply;
    client.echo(reply, "whole");
    if (++tries == 50) throw std::runtime_error("retries without end");
    throw ConnectionLost("another service's");
  }),
                  ConnectionLost);
  CHECK(tries == 4);  // the used connection does not count
  CHECK(echo.counted.waits.size() == 2);
}

TEST_CASE("a whole reply that makes no sense closes the connection", "[service_caller]") {
  const bool of_thrift = GENERATE(false, true);
  EchoCaller echo;
  CHECK_THROWS_AS(echo.call([&](EchoClient& client) {
    std::string reply;
    client.echo(reply, "nonsense");
    if (of_thrift) throw apache::thrift::TException("nonsense");
    throw TProtocolException(TProtocolException::INVALID_DATA);
  }),
                  ProtocolMismatch);
  CHECK(echo.echo("next") == "next");
  CHECK(echo.connections() == 2);
}

}  // namespace
}  // namespace timeservice::client
