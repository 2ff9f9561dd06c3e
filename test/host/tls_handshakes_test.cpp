// Handshakes that stall, fail, or come in floods hold nobody else up.
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "test/host/hostile_bytes.h"
#include "test/support/catch.h"
#include "test/support/dialects.h"
#include "test/support/tls_echo.h"
#include "test/support/written_call.h"

namespace timeservice::test {
namespace {

using std::chrono::milliseconds;
using wire::WireError;

constexpr wire::Dialect kFramedBinary{wire::Protocol::kBinary, wire::Transport::kFramed};

/// TLS at the first endpoint, plain at the second.
host::HostOptions both_options_for(const host::ModeRow& mode) {
  auto options = tls_options_for(mode.name);
  options.listen.push_back({.host = "127.0.0.1", .port = 0, .path = {}});
  if (mode.takes_threads && mode.name != "reactor") options.threads = 2;
  if (mode.takes_io_threads) options.io_threads = 1;
  return options;
}

std::string echo_over_tls(const wire::Endpoint& endpoint) {
  TlsEchoConnection client(endpoint, kFramedBinary);
  std::string reply;
  client->echo(reply, "good");
  return reply;
}

std::string echo_plain(const wire::Endpoint& endpoint) {
  EchoConnection client(endpoint, kFramedBinary.protocol, kFramedBinary.transport);
  std::string reply;
  client->echo(reply, "good");
  return reply;
}

TEST_CASE("100 handshakes that stall, at whatever point, hold no thread and no loop", "[host][tls]") {
  for (const auto& mode : host::kModes) {
    INFO(mode.name);
    EchoHost host(both_options_for(mode));
    const std::string hello = greeting(host.endpoint());
    std::vector<std::unique_ptr<RawConnection>> stalled;
    for (std::size_t i = 0; i < 100; ++i) {
      stalled.push_back(std::make_unique<RawConnection>(host.endpoint()));
      stalled.back()->send(
          hello.substr(0, i % 4 == 0 ? hello.size() : i));  // from nothing at all to all of it
    }
    CHECK(eventually([&] { return host.host().connections_open() == 100; }));
    CHECK(echo_over_tls(host.endpoint(0)) == "good");
    CHECK(echo_plain(host.endpoint(1)) == "good");
    CHECK(host.refused_for(WireError::kTlsHandshake) == 0);
  }
}

/// Clients of which half a record has arrived: of the first message, or of a later part of it.
std::vector<std::unique_ptr<RawTls>> half_records(const EchoHost& host) {
  const std::string call = written(kFramedBinary, [](EchoClient& client) { client.send_echo("good"); });
  std::vector<std::unique_ptr<RawTls>> half;
  for (int i = 0; i < 10; ++i) {
    half.push_back(std::make_unique<RawTls>(host.endpoint()));
    REQUIRE(half.back()->handshake());
    if (i % 2 == 0) CHECK(half.back()->send(call.substr(0, 7)));
    half.back()->raw().send(bytes({0x17, 3, 3, 0, 50, 1, 2, 3}));
  }
  return half;
}

TEST_CASE("part of a TLS record holds no thread either", "[host][tls]") {
  for (const auto& mode : host::kModes) {
    INFO(mode.name);
    auto options = both_options_for(mode);
    options.message_timeout = {};
    EchoHost host(options);
    const auto half = half_records(host);
    CHECK(echo_over_tls(host.endpoint(0)) == "good");
    CHECK(echo_plain(host.endpoint(1)) == "good");
  }
}

TEST_CASE("part of a TLS record is part of a message: it is closed at the message timeout", "[host][tls]") {
  for (const auto& mode : host::kModes) {
    INFO(mode.name);
    auto options = both_options_for(mode);
    options.message_timeout = milliseconds(200);
    EchoHost host(options);
    const auto half = half_records(host);
    CHECK(eventually([&] { return host.refused_for(WireError::kMessageTimeout) == 10; }));
    CHECK(eventually([&] { return host.host().connections_open() == 0; }));
  }
}

TEST_CASE("a handshake that is not done in time is closed, also one that never began", "[host][tls]") {
  for (const auto& mode : host::kModes) {
    INFO(mode.name);
    auto options = both_options_for(mode);
    options.tls.handshake_timeout = milliseconds(300);
    EchoHost host(options);
    EchoConnection plain(host.endpoint(1), kFramedBinary.protocol, kFramedBinary.transport);
    RawTls done(host.endpoint());
    REQUIRE(done.handshake());
    RawConnection silent(host.endpoint());
    RawConnection greeted(host.endpoint());
    greeted.send(greeting(host.endpoint()));
    RawConnection dribbling(host.endpoint());
    const std::string hello = greeting(host.endpoint());
    // Sends until it is cut off: a byte now and then gains no time.
    for (std::size_t i = 0; i < hello.size() && dribbling.send(hello.substr(i, 1)); ++i) {
      if (host.refused_for(WireError::kTlsTimeout) >= 3) break;
      pollfd none{};
      ::poll(&none, 0, 10);
    }
    CHECK(eventually([&] { return host.refused_for(WireError::kTlsTimeout) == 3; }));
    CHECK(silent.receive().empty());
    CHECK(eventually([&] { return host.host().connections_open() == 2; }));
    std::string reply;
    plain->echo(reply, "plain");
    CHECK(reply == "plain");
    const std::string call = written(kFramedBinary, [](EchoClient& client) { client.send_echo("good"); });
    CHECK(done.send(call));
    CHECK(done.receive(call.size()).size() == call.size());
    CHECK(host.refused_for(WireError::kTlsHandshake) == 0);
  }
}

TEST_CASE("in a flood of handshakes connections that are open are served on, call after call",
          "[host][tls][load]") {
  constexpr std::size_t kFlood = 400;
  for (const auto& mode : host::kModes) {
    EchoHost host(both_options_for(mode));
    TlsEchoConnection over_tls(host.endpoint(0), kFramedBinary);
    EchoConnection plain(host.endpoint(1), kFramedBinary.protocol, kFramedBinary.transport);
    std::string reply;
    over_tls->echo(reply, "before");
    plain->echo(reply, "before");
    const std::string hello = greeting(host.endpoint());
    std::vector<std::unique_ptr<RawConnection>> flood;
    while (flood.size() < kFlood) flood.push_back(std::make_unique<RawConnection>(host.endpoint()));
    for (const auto& client : flood) client->send(hello);
    std::vector<pollfd> answers;
    for (const auto& client : flood) answers.push_back({.fd = client->fd(), .events = POLLIN, .revents = 0});
    const auto all_answered = [&] {
      return ::poll(answers.data(), answers.size(), 0) == static_cast<int>(answers.size());
    };
    int calls = 0;
    while (!all_answered()) {
      over_tls->echo(reply, "t");
      plain->echo(reply, "t");
      calls += 2;
    }
    INFO(mode.name << ": " << calls << " calls");
    // Behind all the handshakes that wait, it would be two or four.
    CHECK(calls >= 20);
  }
}

TEST_CASE("clients that reset or leave in a handshake end nothing, and are counted", "[host][tls]") {
  for (const auto& mode : host::kModes) {
    INFO(mode.name);
    EchoHost host(both_options_for(mode));
    const std::string hello = greeting(host.endpoint());
    const linger reset{.l_onoff = 1, .l_linger = 0};
    for (std::size_t i = 0; i < 100; ++i) {
      RawConnection connection(host.endpoint());
      connection.send(hello.substr(0, i % 3 == 0 ? hello.size() : i));
      if (i % 2 == 0) ::setsockopt(connection.fd(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    }
    CHECK(echo_over_tls(host.endpoint(0)) == "good");
    CHECK(eventually([&] { return host.host().connections_open() == 0; }));
    CHECK(host.refused_for(WireError::kTlsHandshake) > 0);
    CHECK(host.refused_for(WireError::kTlsHandshake) <= 100);
  }
}

TEST_CASE("hostile first records cost their connection and harm nobody", "[host][tls][hostile]") {
  const std::vector<std::string> all = {
      bytes({0x16, 3, 1, 0xff, 0xff}) + std::string(70'000, 'x'),
      bytes({0x16, 3, 1, 0, 0}),
      bytes({0x16, 3, 1, 0, 5, 1, 0, 0, 1, 0}) + std::string(50, 'x'),
      bytes({0x16, 3, 1, 0, 4, 1, 0xff, 0xff, 0xff}),
      bytes({0x16, 3, 3, 0, 4, 20, 0, 0, 0}),
      bytes({0x16}) + std::string(300, '\0'),
      bytes({0x16, 3, 1, 0, 1, 1, 0x15, 3, 1, 0, 2, 2, 40}),
  };
  for (const auto& mode : host::kModes) {
    EchoHost host(both_options_for(mode));
    for (std::size_t i = 0; i < all.size(); ++i) {
      INFO(mode.name << ' ' << i);
      {
        RawConnection client(host.endpoint());
        client.send(all[i]);
        ::shutdown(client.fd(), SHUT_WR);
        client.receive();
      }
      CHECK(eventually([&] { return host.refused_for(WireError::kTlsHandshake) == i + 1; }));
    }
    CHECK(eventually([&] { return host.host().connections_open() == 0; }));
    CHECK(echo_over_tls(host.endpoint(0)) == "good");
    CHECK(echo_plain(host.endpoint(1)) == "good");
  }
}

/// Leaves the process one descriptor that it can still open, until destroyed.
class OneDescriptorLeft {
 public:
  OneDescriptorLeft() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const int lowest = ::dup(0);  // all below it are open
    ::close(lowest);
    rlimit low = before_;
    low.rlim_cur = static_cast<rlim_t>(lowest) + 1;
    ::setrlimit(RLIMIT_NOFILE, &low);
  }
  ~OneDescriptorLeft() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  OneDescriptorLeft(const OneDescriptorLeft&) = delete;
  OneDescriptorLeft& operator=(const OneDescriptorLeft&) = delete;

 private:
  rlimit before_{};
};

TEST_CASE("without descriptors TLS connections go on, and who came meanwhile is served later",
          "[host][tls]") {
  for (const auto& mode : host::kModes) {
    INFO(mode.name);
    EchoHost host(both_options_for(mode));
    RawTls early(host.endpoint());
    REQUIRE(early.handshake());
    const std::string call = written(kFramedBinary, [](EchoClient& client) { client.send_echo("good"); });
    const auto calls_well = [&](RawTls& client) {
      return client.send(call) && client.receive(call.size()).size() == call.size();
    };
    CHECK(calls_well(early));
    const std::string hello = greeting(host.endpoint());  // which reads a file
    std::unique_ptr<RawConnection> meanwhile;
    {
      const OneDescriptorLeft left;
      meanwhile = std::make_unique<RawConnection>(host.endpoint());  // takes it
      CHECK(meanwhile->send(hello));
      CHECK(eventually([&] { return host.host().counters().accept_errors > 0; }));
      CHECK(calls_well(early));
      CHECK(host.host().connections_open() == 1);
    }
    CHECK(meanwhile->receive(1).size() == 1);
    CHECK(echo_over_tls(host.endpoint(0)) == "good");
  }
}

TEST_CASE("those who only shake hands leave room for those who call", "[host][tls]") {
  for (const auto& mode : host::kModes) {
    INFO(mode.name);
    auto options = both_options_for(mode);
    options.max_connections = 8;  // a quarter of which may shake hands
    EchoHost host(options);
    RawConnection one(host.endpoint());
    RawConnection other(host.endpoint());
    CHECK(eventually([&] { return host.host().connections_open() == 2; }));
    RawConnection too_many(host.endpoint());
    CHECK(too_many.receive().empty());
    CHECK(host.host().counters().handshakes_refused == 1);
    CHECK(host.host().counters().connections_refused == 0);
    CHECK(host.host().connections_open() == 2);
    EchoConnection plain(host.endpoint(1), wire::Protocol::kBinary, wire::Transport::kFramed);
    std::string reply;
    plain->echo(reply, "plain");
    CHECK(reply == "plain");
    ::shutdown(one.fd(), SHUT_RDWR);
    CHECK(eventually([&] { return host.host().connections_open() == 2; }));
    CHECK(echo_over_tls(host.endpoint(0)) == "good");
  }
}

}  // namespace
}  // namespace timeservice::test
