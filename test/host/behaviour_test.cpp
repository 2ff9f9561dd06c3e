// What a call may come to: replies, exceptions, none at all; and how it is counted.
#include <string>

#include <thrift/TApplicationException.h>

#include "server/host/start_error.h"
#include "test/support/catch.h"
#include "test/support/dialects.h"
#include "test/support/echo_host.h"

namespace timeservice::test {
namespace {

using apache::thrift::TApplicationException;

/// Runs `check` with a client of every mode and dialect.
template <typename Check>
void for_every_client(Check check) {
  for (const auto& mode : host::kModes) {
    EchoHost host(options_for(mode.name));
    for (const wire::Dialect& dialect : dialects_of(mode)) {
      INFO(mode.name << ' ' << wire::name(dialect.protocol) << ' ' << wire::name(dialect.transport));
      EchoConnection client(host.endpoint(), dialect.protocol, dialect.transport);
      check(host, client);
      std::string reply;
      client->echo(reply, "and the connection goes on");
      CHECK(reply == "and the connection goes on");
    }
  }
}

TEST_CASE("an exception that the IDL declares arrives as declared", "[host]") {
  for_every_client([](EchoHost&, EchoConnection& client) {
    try {
      client->refuse("not today", 7);
      FAIL("nothing was thrown");
    } catch (const echo_service::Refused& refused) {
      CHECK(refused.message == "not today");
      CHECK(refused.code == 7);
    }
  });
}

TEST_CASE("an exception of the handler's own arrives as INTERNAL_ERROR", "[host]") {
  for_every_client([](EchoHost&, EchoConnection& client) {
    for (const std::string message : {"the disk is full", "int"}) {
      try {
        client->fail(message);
        FAIL("nothing was thrown");
      } catch (const TApplicationException& error) {
        CHECK(error.getType() == TApplicationException::INTERNAL_ERROR);
        if (message != "int") CHECK(std::string(error.what()) == message);
      }
    }
  });
}

/// Sends a call of `method` with the message type given, without arguments.
void send_call(EchoConnection& client, const std::string& method,
               apache::thrift::protocol::TMessageType type) {
  const auto protocol = client.protocol();
  protocol->writeMessageBegin(method, type, 0);
  protocol->writeStructBegin("args");
  protocol->writeFieldStop();
  protocol->writeStructEnd();
  protocol->writeMessageEnd();
  protocol->getTransport()->writeEnd();
  protocol->getTransport()->flush();
}

TEST_CASE("an unknown method is answered as UNKNOWN_METHOD", "[host]") {
  for_every_client([](EchoHost&, EchoConnection& client) {
    send_call(client, "no_such_method", apache::thrift::protocol::T_CALL);
    try {
      std::string reply;
      client->recv_echo(reply);
      FAIL("was answered");
    } catch (const TApplicationException& error) {
      CHECK(error.getType() == TApplicationException::UNKNOWN_METHOD);
    }
  });
}

TEST_CASE("a oneway call is run and not answered, and an unknown one neither", "[host]") {
  for_every_client([](EchoHost&, EchoConnection& client) {
    const std::int64_t before = client->notes();
    client->note("first");
    send_call(client, "no_such_method", apache::thrift::protocol::T_ONEWAY);
    send_call(client, "notes", apache::thrift::protocol::T_ONEWAY);  // has a reply, is not asked for it
    client->note("second");
    CHECK(client->notes() == before + 2);
  });
}

TEST_CASE("calls and failures are counted by method, the same in every mode", "[host]") {
  for (const auto& mode : host::kModes) {
    INFO(mode.name);
    EchoHost host(options_for(mode.name));
    EchoConnection client(host.endpoint(), wire::Protocol::kBinary, wire::Transport::kFramed);
    std::string reply;
    for (int i = 0; i < 5; ++i) client->echo(reply, "t");
    CHECK_THROWS_AS(client->fail("x"), TApplicationException);
    CHECK_THROWS_AS(client->refuse("x", 1), echo_service::Refused);
    std::map<std::string, host::CallCounters::Method> methods;
    for (const auto& method : host.host().methods()) methods[method.name] = method;
    CHECK(methods["Echo.echo"].calls == 5);
    CHECK(methods["Echo.echo"].failed == 0);
    CHECK(methods["Echo.fail"].calls == 1);
    CHECK(methods["Echo.fail"].failed == 1);
    CHECK(methods["Echo.refuse"].failed == 0);
    const auto& counters = host.host().counters();
    CHECK(counters.messages_in == 7);
    CHECK(counters.bytes_in > 7 * 10);
    CHECK(counters.bytes_out > 7 * 10);
    CHECK(counters.connections_accepted == 1);
    CHECK(host.host().connections_open() == 1);
    client.socket().close();
    CHECK(eventually([&] { return host.host().connections_open() == 0; }));
    CHECK(counters.connections_closed == 1);
  }
}

TEST_CASE("options that a mode cannot honour are refused, naming the modes that can", "[host]") {
  for (const auto& mode : host::kModes) {
    auto options = options_for(mode.name);
    options.threads = 2;
    if (mode.takes_threads) {
      CHECK_NOTHROW(host::mode_for(options));
    } else {
      CHECK_THROWS_AS(host::mode_for(options), host::UsageError);
    }
    options = options_for(mode.name);
    options.io_threads = 2;
    if (mode.takes_io_threads) {
      CHECK_NOTHROW(host::mode_for(options));
    } else {
      CHECK_THROWS_AS(host::mode_for(options), host::UsageError);
    }
  }
}

TEST_CASE("event loops serve, one or several, with workers and without", "[host]") {
  for (const auto& mode : host::kModes) {
    if (!mode.takes_io_threads) continue;
    for (const auto& [threads, io_threads] : {std::pair{0, 3}, std::pair{4, 1}, std::pair{3, 2}}) {
      INFO(mode.name << ", " << threads << " workers, " << io_threads << " loops");
      auto options = options_for(mode.name);
      options.threads = static_cast<std::size_t>(threads);
      options.io_threads = static_cast<std::size_t>(io_threads);
      // Called as soon as it listens, again and again: loops take a moment to begin.
      for (int start = 0; start < 10; ++start) {
        EchoHost host(options);
        std::vector<EchoConnection> clients;
        for (int i = 0; i < 8; ++i) {
          clients.emplace_back(host.endpoint(), wire::Protocol::kCompact, wire::Transport::kFramed);
        }
        for (int round = 0; round < 4; ++round) {
          for (std::size_t i = 0; i < clients.size(); ++i) {
            std::string reply;
            clients[i]->echo(reply, std::to_string(i));
            CHECK(reply == std::to_string(i));
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace timeservice::test
