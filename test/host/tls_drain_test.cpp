// Nothing is lost on the way down over TLS either, and each side is told of the end.
#include <sys/socket.h>

#include <chrono>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "test/support/catch.h"
#include "test/support/dialects.h"
#include "test/support/tls_echo.h"
#include "test/support/written_call.h"

namespace timeservice::test {
namespace {

using std::chrono::seconds;

constexpr wire::Dialect kFramedBinary{wire::Protocol::kBinary, wire::Transport::kFramed};

std::string echo_call(const std::string& token) {
  return written(kFramedBinary, [&](EchoClient& client) { client.send_echo(token); });
}

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

bool refuses_connections(const wire::Endpoint& endpoint) {
  try {
    const RawConnection connection(endpoint);
    return false;
  } catch (const std::runtime_error&) {
    return true;
  }
}

TEST_CASE("drain answers every call over TLS that had arrived, in one record or in several, and takes leave",
          "[host][tls][drain]") {
  for (const bool one_record : {true, false}) {
    for (const auto& options : every_way_to_serve_tls()) {
      INFO(options.mode << ' ' << options.threads.value_or(0) << " threads, one record " << one_record);
      EchoHost host(options);
      RawTls client(host.endpoint());
      REQUIRE(client.handshake());
      const std::string block = written(kFramedBinary, [](EchoClient& c) { c.send_block("first"); });
      std::string calls;
      for (int i = 0; i < 10; ++i) calls += echo_call(std::to_string(i));
      CHECK(client.send(one_record ? block + calls : block));
      if (!one_record) {
        for (int i = 0; i < 10; ++i) CHECK(client.send(echo_call(std::to_string(i))));
      }
      host.latch().until_waiting(1);
      auto drained = std::async(std::launch::async, [&] { return host.host().drain(seconds(30)); });
      CHECK(eventually([&] { return refuses_connections(host.endpoint()); }));
      host.latch().release();
      CHECK(client.receive().size() == block.size() + calls.size());
      INFO(client.failure());
      REQUIRE(client.end());
      CHECK(static_cast<int>(*client.end()) == static_cast<int>(wire::TlsStream::Status::kClosed));
      CHECK(client.stream().told_of_end());
      CHECK(drained.get().complete);
    }
  }
}

TEST_CASE("drain sends a large reply over TLS whole to a client that reads it slowly", "[host][tls][drain]") {
  constexpr std::int32_t kSize = 20'000'000;
  for (const auto& options : every_way_to_serve_tls()) {
    INFO(options.mode << ' ' << options.threads.value_or(0) << " threads");
    EchoHost host(options);
    TlsEchoConnection client(host.endpoint(), kFramedBinary);
    client->send_repeat(kSize);
    CHECK(eventually([&] { return host.host().counters().bytes_out > 100'000; }));
    auto drained = std::async(std::launch::async, [&] { return host.host().drain(seconds(30)); });
    CHECK(eventually([&] { return refuses_connections(host.endpoint()); }));
    std::string reply;
    client->recv_repeat(reply);
    CHECK(reply.size() == kSize);
    CHECK(drained.get().complete);
  }
}

TEST_CASE("drain ends handshakes that are not done, idle connections and half records",
          "[host][tls][drain]") {
  for (const auto& options : every_way_to_serve_tls()) {
    INFO(options.mode << ' ' << options.threads.value_or(0) << " threads");
    EchoHost host(options);
    const RawConnection silent(host.endpoint());
    RawTls greeted(host.endpoint());
    greeted.greet();
    RawTls idle(host.endpoint());
    REQUIRE(idle.handshake());
    RawTls half(host.endpoint());
    REQUIRE(half.handshake());
    half.raw().send(std::string("\x17\x03\x03\x00\x40half", 9));
    CHECK(eventually([&] { return host.host().connections_open() == 4; }));
    CHECK(host.host().drain(seconds(30)).complete);
    CHECK(host.refused_for(wire::WireError::kTlsHandshake) == 0);
    idle.receive();
    CHECK(idle.stream().told_of_end());
  }
}

TEST_CASE("drain ends though TLS clients go on calling", "[host][tls][drain]") {
  for (const auto& mode : host::kModes) {
    INFO(mode.name);
    EchoHost host(tls_options_for(mode.name));
    std::vector<std::thread> clients;
    const int count = mode.name == "simple" ? 1 : 4;
    for (int i = 0; i < count; ++i) {
      clients.emplace_back([&] {
        try {
          TlsEchoConnection client(host.endpoint(), kFramedBinary);
          for (std::string reply;;) {
            for (int call = 0; call < 50; ++call) client->send_echo("more");
            for (int call = 0; call < 50; ++call) client->recv_echo(reply);
          }
        } catch (const apache::thrift::TException&) {  // closed, as it should be
        }
      });
    }
    CHECK(eventually([&] { return host.host().counters().messages_in > 1000; }));
    CHECK(host.host().drain(seconds(20)).complete);
    for (std::thread& client : clients) client.join();
  }
}

}  // namespace
}  // namespace timeservice::test
