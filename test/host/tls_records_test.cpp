// Calls that stop in the middle of a record, and calls far behind the head of one.
#include "test/support/tls_records.h"

#include <algorithm>
#include <string>

#include <thrift/TApplicationException.h>

#include "test/support/catch.h"
#include "test/support/dialects.h"
#include "test/support/tls_echo.h"
#include "test/support/written_call.h"

namespace timeservice::test {
namespace {

constexpr wire::Dialect kFramedBinary{wire::Protocol::kBinary, wire::Transport::kFramed};

std::string echo_call(const std::string& token) {
  return written(kFramedBinary, [&](EchoClient& client) { client.send_echo(token); });
}

/// Whether it is run, or refused as one too many.
bool is_run(EchoConnection& client) {
  try {
    std::string reply;
    client->echo(reply, "t");
    return reply == "t";
  } catch (const apache::thrift::TApplicationException&) {
    return false;
  }
}

TEST_CASE("half a TLS record of a call takes nobody's place among the calls in flight",
          "[host][tls][overload]") {
  for (const auto& mode : host::kModes) {
    for (const bool first : {true, false}) {
      INFO(mode.name << ", its first record: " << first);
      auto options = tls_options_for(mode.name);
      options.listen.push_back({.host = "127.0.0.1", .port = 0, .path = {}});
      if (mode.takes_max_in_flight) options.max_in_flight = 1;
      options.message_timeout = {};
      EchoHost host(options);
      TlsRecords half(host.endpoint());
      const std::string call = echo_call("t");
      if (!first) {
        CHECK(half.send(half.data(call)));
        CHECK(half.receive(call.size()).size() == call.size());
      }
      const std::string record = half.data(call);
      CHECK(half.send(record.substr(0, record.size() / 2)));
      CHECK(eventually([&] { return host.host().counters().bytes_in == half.sent(); }));
      EchoConnection other(host.endpoint(1), kFramedBinary.protocol, kFramedBinary.transport);
      CHECK(eventually([&] { return is_run(other); }));
      CHECK(half.send(record.substr(record.size() / 2)));
      CHECK(half.receive(call.size()).size() == call.size());
    }
  }
}

TEST_CASE("half a message and TLS's word that no more follows end the connection at once", "[host][tls]") {
  for (const auto& mode : host::kModes) {
    for (const std::size_t bytes : {10, 1000, 200'000}) {
      INFO(mode.name << ", " << bytes << " bytes");
      auto options = tls_options_for(mode.name);
      options.message_timeout = {};
      EchoHost host(options);
      TlsRecords client(host.endpoint());
      const std::string call = echo_call(std::string(2 * bytes, 't'));
      // In one segment where it fits, and without the socket's own end.
      std::string records;
      for (std::size_t at = 0; at < bytes; at += 16'000) {
        records += client.data(std::string_view(call).substr(at, std::min<std::size_t>(16'000, bytes - at)));
      }
      CHECK(client.send(records + client.close_notify()));
      CHECK(eventually([&] { return host.refused_for(wire::WireError::kTruncated) == 1; }));
      CHECK(eventually([&] { return host.host().connections_open() == 0; }));
    }
  }
}

TEST_CASE("every call of a record that is larger than what is read at once is answered, though no more comes",
          "[host][tls]") {
  constexpr int kCalls = 500;
  constexpr std::size_t kBegun = 7;
  for (const auto& mode : host::kModes) {
    INFO(mode.name);
    EchoHost host(tls_options_for(mode.name));
    TlsRecords client(host.endpoint());
    std::string calls;
    for (int i = 0; i < kCalls; ++i) calls += echo_call("t");
    REQUIRE(calls.size() > 3 * host::kReadAtLeast);
    REQUIRE(calls.size() < 16'000);
    // Part of a message before it, so that all modes read on into what they keep.
    CHECK(client.send(client.data(calls.substr(0, kBegun))));
    CHECK(eventually([&] { return host.host().counters().bytes_in == client.sent(); }));
    CHECK(client.send(client.data(calls.substr(kBegun))));
    CHECK(client.receive(calls.size()).size() == calls.size());
  }
}

}  // namespace
}  // namespace timeservice::test
