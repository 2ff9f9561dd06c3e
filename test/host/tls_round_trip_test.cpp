// TLS in every mode: stock clients of every dialect, in large and in small pieces.
#include <unistd.h>

#include <string>
#include <thread>
#include <vector>

#include "test/support/catch.h"
#include "test/support/dialects.h"
#include "test/support/tls_echo.h"
#include "test/support/written_call.h"

namespace timeservice::test {
namespace {

using apache::thrift::TException;

constexpr wire::Dialect kFramedBinary{wire::Protocol::kBinary, wire::Transport::kFramed};

std::string echoed(TlsEchoConnection& client, const std::string& token) {
  std::string reply;
  client->echo(reply, token);
  return reply;
}

/// Every mode as it is, and with workers where it has such.
std::vector<host::HostOptions> every_way_to_serve_tls() {
  std::vector<host::HostOptions> all;
  for (const auto& mode : host::kModes) {
    all.push_back(tls_options_for(mode.name));
    if (!mode.takes_threads) continue;
    all.push_back(tls_options_for(mode.name));
    all.back().threads = 2;
  }
  return all;
}

/// So many calls, and the replies that a host gives to them, which are the same bytes but
/// for the message's type.
std::string calls_of(const wire::Dialect& dialect, int count, std::size_t size = 10) {
  std::string calls;
  for (int i = 0; i < count; ++i) {
    calls += written(dialect, [&](EchoClient& client) { client.send_echo(std::string(size, 'x')); });
  }
  return calls;
}

TEST_CASE("every mode answers stock TLS clients of every dialect that it carries", "[host][tls]") {
  for (const auto& mode : host::kModes) {
    EchoHost host(tls_options_for(mode.name));
    CHECK(host.endpoint().tls);
    for (const wire::Dialect& dialect : dialects_of(mode)) {
      INFO(mode.name << ' ' << wire::name(dialect.protocol) << ' ' << wire::name(dialect.transport));
      TlsEchoConnection client(host.endpoint(), dialect);
      CHECK(echoed(client, "token") == "token");
      CHECK(echoed(client, "").empty());
      CHECK(client->sum({1, -2, 2'000'000'000, 2'000'000'000}) == 3'999'999'999);
      client->note("x");
      CHECK(client->notes() > 0);
    }
    CHECK(host.refused_for(wire::WireError::kTlsHandshake) == 0);
  }
}

TEST_CASE("messages of a mebibyte go both ways over TLS", "[host][tls]") {
  const std::string large((1 << 20) - 200, 'x');
  for (const auto& options : every_way_to_serve_tls()) {
    INFO(options.mode << ' ' << options.threads.value_or(0) << " threads");
    EchoHost host(options);
    TlsEchoConnection client(host.endpoint(), kFramedBinary);
    for (int i = 0; i < 3; ++i) CHECK(echoed(client, large) == large);
  }
}

TEST_CASE("many calls in one TLS record are all answered, in order, also with oneway calls between them",
          "[host][tls]") {
  for (const auto& options : every_way_to_serve_tls()) {
    INFO(options.mode << ' ' << options.threads.value_or(0) << " threads");
    EchoHost host(options);
    RawTls client(host.endpoint());
    REQUIRE(client.handshake());
    std::string calls;
    std::size_t reply_bytes = 0;
    for (int i = 0; i < 100; ++i) {
      calls += written(kFramedBinary, [](EchoClient& c) { c.send_note("noted"); });
      const std::string call =
          written(kFramedBinary, [&](EchoClient& c) { c.send_echo(std::to_string(1000 + i)); });
      calls += call;
      reply_bytes += call.size();
    }
    REQUIRE(calls.size() < 16'384);
    CHECK(client.send(calls));
    const std::string replies = client.receive(reply_bytes);
    std::size_t at = 0;
    for (int i = 0; i < 100 && at != std::string::npos; ++i) at = replies.find(std::to_string(1000 + i), at);
    CHECK(replies.size() == reply_bytes);
    CHECK(at != std::string::npos);
    CHECK(host.host().counters().messages_in == 200);
  }
}

TEST_CASE("calls are answered however they are cut into TLS records", "[host][tls]") {
  for (const auto& options : every_way_to_serve_tls()) {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{5}, std::size_t{33}, std::size_t{20'000}}) {
      INFO(options.mode << ' ' << options.threads.value_or(0) << " threads, records of " << piece);
      EchoHost host(options);
      RawTls client(host.endpoint());
      REQUIRE(client.handshake());
      const std::string calls =
          piece > 1000 ? calls_of(kFramedBinary, 100, 1000) : calls_of(kFramedBinary, 20);
      std::thread sender([&] {
        for (std::size_t at = 0; at < calls.size(); at += piece)
          client.raw(), client.send(calls.substr(at, piece));
      });
      sender.join();
      CHECK(client.receive(calls.size()).size() == calls.size());
    }
  }
}

}  // namespace
}  // namespace timeservice::test
