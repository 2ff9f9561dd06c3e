// Every mode, protocol and transport, over every kind of endpoint, from the tables.
#include <unistd.h>

#include <cstdio>
#include <string>

#include <fmt/format.h>

#include "server/host/listen_socket.h"
#include "server/host/start_error.h"
#include "test/support/catch.h"
#include "test/support/dialects.h"
#include "test/support/echo_host.h"

namespace timeservice::test {
namespace {

wire::Endpoint unix_endpoint() {
  return {.host = {}, .port = 0, .path = fmt::format("/tmp/timeservice-test-{}.sock", ::getpid())};
}

/// A container may have none; then that part is left out, aloud.
bool has_ipv6() {
  try {
    host::listen_at({.host = "::1", .port = 0, .path = {}});
    return true;
  } catch (const host::StartError&) {
    std::fputs("NOT TESTED: IPv6, because this machine has no [::1]\n", stderr);
    return false;
  }
}

echo_service::Node small_tree() {
  echo_service::Node root;
  root.text = "root";
  for (const char* text : {"a", "b"}) {
    echo_service::Node child;
    child.text = text;
    root.children.push_back(child);
  }
  root.__isset.children = true;
  return root;
}

void check_every_shape(EchoConnection& client) {
  std::string text;
  client->echo(text, "token with \"quotes\", a\nline and \xc3\xa9");
  CHECK(text == "token with \"quotes\", a\nline and \xc3\xa9");
  client->echo(text, "");
  CHECK(text.empty());
  client->repeat(text, 100'000);
  CHECK(text == std::string(100'000, 'x'));
  CHECK(client->sum({1, -2, 2'000'000'000, 2'000'000'000}) == 3'999'999'999);
  CHECK(client->sum({}) == 0);
  echo_service::Node tree;
  client->tree(tree, small_tree());
  CHECK(tree == small_tree());
  std::map<std::string, std::int64_t> counts;
  client->counts(counts, {{"min", INT64_MIN}, {"max", INT64_MAX}}, {-1, 0, 1}, {true, false}, -0.25);
  CHECK(counts == std::map<std::string, std::int64_t>{{"min", INT64_MIN}, {"max", INT64_MAX}});
}

TEST_CASE("every mode answers every dialect that it carries, over IPv4, IPv6 and a unix socket", "[host]") {
  for (const auto& mode : host::kModes) {
    auto options = options_for(mode.name);
    const bool v6 = has_ipv6();
    if (v6) options.listen.push_back({.host = "::1", .port = 0, .path = {}});
    options.listen.push_back(unix_endpoint());
    EchoHost host(options);
    REQUIRE(host.host().endpoints().size() == (v6 ? 3 : 2));
    for (const wire::Dialect& dialect : dialects_of(mode)) {
      for (const wire::Endpoint& endpoint : host.host().endpoints()) {
        INFO(mode.name << ' ' << wire::name(dialect.protocol) << ' ' << wire::name(dialect.transport) << ' '
                       << wire::to_string(endpoint));
        EchoConnection client(endpoint, dialect.protocol, dialect.transport);
        check_every_shape(client);
        check_every_shape(client);
      }
    }
  }
}

TEST_CASE("a host told one protocol and transport takes these and refuses the others, by name", "[host]") {
  for (const auto& mode : host::kModes) {
    for (const wire::Dialect& taken : dialects_of(mode)) {
      auto options = options_for(mode.name);
      options.protocol = taken.protocol;
      options.transport = taken.transport;
      EchoHost host(options);
      for (const wire::Dialect& spoken : all_dialects()) {
        INFO(mode.name << " takes " << wire::name(taken.protocol) << ' ' << wire::name(taken.transport)
                       << ", client speaks " << wire::name(spoken.protocol) << ' '
                       << wire::name(spoken.transport));
        EchoConnection client(host.endpoint(), spoken.protocol, spoken.transport);
        std::string reply;
        if (spoken == taken) {
          client->echo(reply, "t");
          CHECK(reply == "t");
        } else {
          CHECK_THROWS_AS(client->echo(reply, "t"), apache::thrift::TException);
        }
      }
      const auto refused = host.refused_for(wire::WireError::kProtocolRefused) +
                           host.refused_for(wire::WireError::kTransportRefused);
      CHECK(refused == all_dialects().size() - 1);
    }
  }
}

TEST_CASE("a refused client is told why, in its own dialect, where the mode can", "[host]") {
  for (const auto& mode : host::kModes) {
    if (!mode.carries_buffered) continue;
    auto options = options_for(mode.name);
    options.transport = wire::Transport::kFramed;
    EchoHost host(options);
    for (const auto& protocol : {wire::Protocol::kBinary, wire::Protocol::kCompact, wire::Protocol::kJson}) {
      INFO(mode.name << ' ' << wire::name(protocol));
      EchoConnection client(host.endpoint(), protocol, wire::Transport::kBuffered);
      std::string reply;
      try {
        client->echo(reply, "t");
        FAIL("was answered");
      } catch (const apache::thrift::TApplicationException& error) {
        CHECK(error.getType() == apache::thrift::TApplicationException::PROTOCOL_ERROR);
        CHECK(std::string(error.what()).find("--transport") != std::string::npos);
      }
    }
  }
}

TEST_CASE("a mode that carries framed messages only refuses to be told buffered, and names the fix",
          "[host]") {
  for (const auto& mode : host::kModes) {
    if (mode.carries_buffered) continue;
    auto options = options_for(mode.name);
    options.transport = wire::Transport::kBuffered;
    try {
      host::mode_for(options);
      FAIL("was taken");
    } catch (const host::UsageError& error) {
      const std::string line = error.what();
      CHECK(line.find("--transport buffered") != std::string::npos);
      CHECK(line.find("framed or auto") != std::string::npos);
      CHECK(line.find("threadpool") != std::string::npos);
    }
  }
}

TEST_CASE("clients of different dialects are served on one port at once", "[host]") {
  for (const auto& mode : host::kModes) {
    INFO(mode.name);
    EchoHost host(options_for(mode.name));
    std::vector<EchoConnection> clients;
    for (const wire::Dialect& dialect : dialects_of(mode)) {
      clients.emplace_back(host.endpoint(), dialect.protocol, dialect.transport);
    }
    for (int round = 0; round < 3; ++round) {
      for (EchoConnection& client : clients) {
        std::string reply;
        client->echo(reply, std::to_string(round));
        CHECK(reply == std::to_string(round));
      }
    }
  }
}

}  // namespace
}  // namespace timeservice::test
