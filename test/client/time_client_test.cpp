// What a client gets from a server that does its part.

#include "client/time_client.h"

#include <cstdlib>
#include <future>
#include <optional>
#include <system_error>

#include "test/client/client_under_test.h"
#include "test/client/peer.h"
#include "test/support/catch.h"

namespace timeservice::client {
namespace {

constexpr std::int64_t kHour = 3'600'000'000'000;

TEST_CASE("every call works over every protocol and transport", "[time_client]") {
  for (const auto& protocol : wire::kProtocols) {
    for (const auto& transport : wire::kTransports) {
      if (protocol.protocol == wire::Protocol::kAuto) continue;
      if (transport.transport == wire::Transport::kAuto) continue;
      CAPTURE(protocol.name, transport.name);
      LocalClock clock;
      Peer peer(serving(clock), Peer::Address::kV4, {protocol.protocol, transport.transport});
      ClientOptions options = options_for({peer.endpoint()});
      options.protocol = protocol.protocol;
      options.transport = transport.transport;
      TimeClient client(options);
      CHECK(client.get_time() == "Tue Nov 24 21:30:56 2026");
      CHECK(client.exchange().samples == 8);
      CHECK(client.get_status().version == "9.8.7");
      CHECK(client.now().state == ClockState::SYNCHRONIZED);
      CHECK(client.get_timestamps(5).count == 5);
      CHECK(client.to_local({1, 2}, "Europe/Berlin", "%F").at(1).text == "Europe/Berlin|%F|2");
      CHECK(client.from_local({"abc"}, "UTC", "", Disambiguation::LATER).at(0).kind == LocalKind::REPEATED);
      CHECK(client.zone_periods("UTC", 10, 20).size() == 2);
      CHECK(client.list_zones().size() == 3);
      CHECK(peer.connections() == 1);
    }
  }
}

TEST_CASE("exchange measures the other clock within its bound", "[time_client]") {
  for (const std::int64_t ahead : {std::int64_t{0}, kHour, -kHour}) {
    LocalClock clock;
    clock.ahead_ns = ahead;
    Peer peer(serving(clock));
    TimeClient client(options_for({peer.endpoint()}));
    const ClockComparison comparison = client.exchange(4);
    CAPTURE(ahead, comparison.offset_ns, comparison.bound_ns);
    CHECK(std::llabs(comparison.offset_ns - ahead) <= comparison.bound_ns);
    CHECK(comparison.bound_ns < 1'000'000'000);
    CHECK(comparison.server_error_ns == 250);
    CHECK(comparison.state == ClockState::SYNCHRONIZED);
  }
}

TEST_CASE("a clock state of the future is read as UNKNOWN, without a bound", "[time_client]") {
  Peer peer([](PeerConnection& connection, int) {
    const auto request = connection.read_request();
    connection.reply(request, apache::thrift::protocol::T_STRUCT, [](auto& status) {
      status.writeFieldBegin("version", apache::thrift::protocol::T_STRING, 1);
      status.writeString("9.8.7");
      status.writeFieldBegin("started_ns", apache::thrift::protocol::T_I64, 2);
      status.writeI64(1);
      status.writeFieldBegin("clock", apache::thrift::protocol::T_STRUCT, 4);
      status.writeFieldBegin("now_ns", apache::thrift::protocol::T_I64, 1);
      status.writeI64(1);
      status.writeFieldBegin("state", apache::thrift::protocol::T_I32, 2);
      status.writeI32(77);
      status.writeFieldBegin("error_ns", apache::thrift::protocol::T_I64, 3);
      status.writeI64(5);
      status.writeFieldStop();
      status.writeFieldStop();
    });
    connection.wait_until_closed();
  });
  const ServerStatus status = TimeClient(options_for({peer.endpoint()})).get_status();
  CHECK(status.clock.state == ClockState::UNKNOWN);
  CHECK(status.clock.error_ns == -1);
}

TEST_CASE("a unix socket is an endpoint", "[time_client]") {
  LocalClock clock;
  Peer peer(serving(clock), Peer::Address::kUnix);
  CHECK(peer.endpoint().is_unix());
  CHECK(TimeClient(options_for({peer.endpoint()})).get_status().version == "9.8.7");
}

TEST_CASE("an IPv6 address is an endpoint", "[time_client]") {
  LocalClock clock;
  std::optional<Peer> peer;
  try {
    peer.emplace(serving(clock), Peer::Address::kV6);
  } catch (const std::system_error& error) {
    WARN("not tested, this machine has no IPv6 loopback: " << error.what());
    return;
  }
  CHECK(TimeClient(options_for({peer->endpoint()})).get_status().version == "9.8.7");
}

TEST_CASE("a connection outlives the limit of one message", "[time_client]") {
  // Thrift 0.17 counts what a connection has read, and forgets it only at a flush.
  const std::string text(300'000, 'x');
  Peer peer([&](PeerConnection& connection, int) {
    for (;;) connection.reply_text(connection.read_request(), text);
  });
  TimeClient client(options_for({peer.endpoint()}));
  for (int call = 0; call < 10; ++call) CHECK(client.get_time() == text);
  CHECK(peer.connections() == 1);
}

TEST_CASE("a client that is done closes in order", "[time_client]") {
  std::promise<void> gone;
  std::promise<bool> in_order;
  Peer peer([&](PeerConnection& connection, int) {
    connection.reply_text(connection.read_request(), "noon");
    gone.get_future().wait();
    in_order.set_value(connection.closed_in_order());
  });
  CHECK(TimeClient(options_for({peer.endpoint()})).get_time() == "noon");
  gone.set_value();
  CHECK(in_order.get_future().get());
}

TEST_CASE("options that no client can use are refused before connecting", "[time_client]") {
  const auto refused = [](auto change) {
    ClientOptions options;
    change(options);
    return line_of<std::invalid_argument>([&] { TimeClient client(options); });
  };
  CHECK(refused([](ClientOptions& options) { options.protocol = wire::Protocol::kAuto; }) ==
        "'auto': only a server can follow its peer, a client chooses one of binary | compact | json");
  CHECK(refused([](ClientOptions& options) { options.transport = wire::Transport::kAuto; }) ==
        "'auto': only a server can follow its peer, a client chooses one of buffered | framed");
  CHECK(refused([](ClientOptions& options) { options.endpoints.clear(); }) ==
        "no endpoint: name at least one");
  CHECK(refused([](ClientOptions& options) { options.endpoints[0].host = "*"; }) ==
        "'*:9090': every address is for a server to listen on, a client connects to one; write "
        "localhost:9090");
  CHECK(refused([](ClientOptions& options) { options.endpoints[0].port = 0; }) ==
        "'localhost:0': nothing can listen on port 0; write the server's port, from 1 to 65535");
  CHECK(refused([](ClientOptions& options) { options.receive_timeout = std::chrono::milliseconds(0); }) ==
        "0 ms: a timeout is from 1 to 1800000 ms");
  CHECK(refused([](ClientOptions& options) { options.retry.retries = -1; }) ==
        "-1 retries: write 0 for none");
  CHECK_THROWS_AS(TimeClient(ClientOptions{}).exchange(0), std::invalid_argument);
}

}  // namespace
}  // namespace timeservice::client
