// Limits in time and number: silent, slow and too many clients.
#include <poll.h>
#include <sys/socket.h>

#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "test/support/catch.h"
#include "test/support/dialects.h"
#include "test/support/echo_host.h"

namespace timeservice::test {
namespace {

using std::chrono::milliseconds;

const std::string kHalfAMessage("\0\0\0\x40\x80\x01", 6);

std::string echo_once(const wire::Endpoint& endpoint, wire::Transport transport = wire::Transport::kFramed) {
  EchoConnection client(endpoint, wire::Protocol::kBinary, transport);
  std::string reply;
  client->echo(reply, "good");
  return reply;
}

TEST_CASE("silent clients hold no thread: a good one is served among 200", "[host]") {
  for (const auto& mode : host::kModes) {
    INFO(mode.name);
    auto options = options_for(mode.name);
    if (mode.takes_threads) options.threads = 4;
    EchoHost host(options);
    std::vector<std::unique_ptr<RawConnection>> silent;
    for (int i = 0; i < 200; ++i) silent.push_back(std::make_unique<RawConnection>(host.endpoint()));
    CHECK(eventually([&] { return host.host().connections_open() == 200; }));
    CHECK(echo_once(host.endpoint()) == "good");
  }
}

TEST_CASE("clients that made a call and fell silent hold no thread either", "[host]") {
  for (const auto& mode : host::kModes) {
    INFO(mode.name);
    auto options = options_for(mode.name);
    if (mode.takes_threads) options.threads = 2;
    EchoHost host(options);
    std::vector<std::unique_ptr<EchoConnection>> clients;
    std::string reply;
    for (int i = 0; i < 50; ++i) {
      clients.push_back(std::make_unique<EchoConnection>(host.endpoint(), wire::Protocol::kBinary,
                                                         wire::Transport::kFramed));
      (*clients.back())->echo(reply, "t");
    }
    CHECK(echo_once(host.endpoint()) == "good");
    for (auto& client : clients) {
      (*client)->echo(reply, "again");
      CHECK(reply == "again");
    }
  }
}

TEST_CASE("half a message holds no thread, and is closed at the message timeout", "[host]") {
  for (const auto& mode : host::kModes) {
    INFO(mode.name);
    auto options = options_for(mode.name);
    if (mode.takes_threads) options.threads = 4;
    options.message_timeout = milliseconds(1500);
    EchoHost host(options);
    std::vector<std::unique_ptr<RawConnection>> half;
    for (int i = 0; i < 50; ++i) {
      half.push_back(std::make_unique<RawConnection>(host.endpoint()));
      half.back()->send(kHalfAMessage);
    }
    CHECK(echo_once(host.endpoint()) == "good");
    CHECK(host.refused_for(wire::WireError::kMessageTimeout) == 0);
    CHECK(eventually([&] { return host.refused_for(wire::WireError::kMessageTimeout) == 50; }));
    CHECK(eventually([&] { return host.host().connections_open() == 0; }));
    for (auto& connection : half) CHECK(connection->receive().empty());
  }
}

TEST_CASE("a byte now and then gains a message no time", "[host]") {
  for (const auto& mode : host::kModes) {
    INFO(mode.name);
    auto options = options_for(mode.name);
    options.message_timeout = milliseconds(200);
    EchoHost host(options);
    RawConnection dribbling(host.endpoint());
    dribbling.send(kHalfAMessage);
    // Sends until it is cut off; were the time to begin anew with each byte, all 64 would arrive.
    int sent = 0;
    while (sent < 50 && host.refused_for(wire::WireError::kMessageTimeout) == 0) {
      if (!dribbling.send(std::string(1, '\0'))) break;
      ++sent;
      pollfd none{};
      ::poll(&none, 0, 20);
    }
    CHECK(eventually([&] { return host.refused_for(wire::WireError::kMessageTimeout) == 1; }));
    CHECK(sent < 50);
  }
}

TEST_CASE("an idle connection is closed at the idle timeout, one in a call is not", "[host]") {
  for (const auto& mode : host::kModes) {
    INFO(mode.name);
    auto options = options_for(mode.name);
    options.idle_timeout = milliseconds(300);
    EchoHost host(options);
    EchoConnection idle(host.endpoint(), wire::Protocol::kBinary, wire::Transport::kFramed);
    std::string reply;
    idle->echo(reply, "t");
    const RawConnection silent(host.endpoint());
    CHECK(eventually([&] { return host.host().counters().connections_idle_closed == 2; }));
    CHECK(eventually([&] { return host.host().connections_open() == 0; }));
    CHECK_THROWS_AS(idle->echo(reply, "t"), apache::thrift::TException);
    CHECK(echo_once(host.endpoint()) == "good");
  }
}

TEST_CASE("a call that waits for a thread is not its client's delay", "[host]") {
  for (const auto& mode : host::kModes) {
    INFO(mode.name);
    auto options = options_for(mode.name);
    if (mode.takes_threads) options.threads = 1;
    options.idle_timeout = options.message_timeout = options.write_timeout = milliseconds(50);
    EchoHost host(options);
    EchoConnection first(host.endpoint(), wire::Protocol::kBinary, wire::Transport::kFramed);
    EchoConnection second(host.endpoint(), wire::Protocol::kBinary, wire::Transport::kFramed);
    first->send_block("blocks the only thread, where there is one");
    host.latch().until_waiting(1);
    second->send_echo("waits");
    pollfd none{};
    ::poll(&none, 0, 400);  // many times each timeout
    host.latch().release();
    std::string reply;
    first->recv_block(reply);
    second->recv_echo(reply);
    CHECK(reply == "waits");
    CHECK(host.refused_for(wire::WireError::kMessageTimeout) == 0);
    CHECK(host.refused_for(wire::WireError::kSlowReader) == 0);
  }
}

TEST_CASE("a client that reads a large reply slowly and steadily gets it whole", "[host]") {
  constexpr std::int32_t kSize = 30'000'000;
  for (const auto& mode : host::kModes) {
    INFO(mode.name);
    auto options = options_for(mode.name);
    options.write_timeout = milliseconds(500);
    EchoHost host(options);
    EchoConnection slow(host.endpoint(), wire::Protocol::kBinary, wire::Transport::kFramed);
    slow->send_repeat(kSize);
    std::vector<char> piece(65'536);
    std::int64_t got = 0;
    // A little at a time for several timeouts, then the rest.
    for (int i = 0; i < 40; ++i) {
      const ssize_t count = ::recv(slow.socket().getSocketFD(), piece.data(), piece.size(), 0);
      REQUIRE(count > 0);
      got += count;
      pollfd none{};
      ::poll(&none, 0, 50);
    }
    while (got < kSize) {
      const ssize_t count = ::recv(slow.socket().getSocketFD(), piece.data(), piece.size(), 0);
      if (count <= 0) break;
      got += count;
    }
    CHECK(got >= kSize);
    CHECK(host.refused_for(wire::WireError::kSlowReader) == 0);
  }
}

TEST_CASE("a handler may take longer than every timeout", "[host]") {
  for (const auto& mode : host::kModes) {
    INFO(mode.name);
    auto options = options_for(mode.name);
    options.idle_timeout = options.message_timeout = options.write_timeout = milliseconds(20);
    EchoHost host(options);
    EchoConnection client(host.endpoint(), wire::Protocol::kBinary, wire::Transport::kFramed);
    auto reply = std::async(std::launch::async, [&] {
      std::string text;
      client->block(text, "late");
      return text;
    });
    host.latch().until_waiting(1);
    CHECK(reply.wait_for(milliseconds(200)) == std::future_status::timeout);
    host.latch().release();
    CHECK(reply.get() == "late");
  }
}

TEST_CASE("a client that does not read its replies is closed at the write timeout", "[host]") {
  for (const auto& mode : host::kModes) {
    INFO(mode.name);
    auto options = options_for(mode.name);
    options.write_timeout = milliseconds(300);
    EchoHost host(options);
    EchoConnection greedy(host.endpoint(), wire::Protocol::kBinary, wire::Transport::kFramed);
    greedy->send_repeat(50'000'000);
    CHECK(eventually([&] { return host.refused_for(wire::WireError::kSlowReader) == 1; }));
    CHECK(eventually([&] { return host.host().connections_open() == 0; }));
    CHECK(echo_once(host.endpoint()) == "good");
  }
}

TEST_CASE("a connection over the limit is closed at once, and fits when another has left", "[host]") {
  for (const auto& mode : host::kModes) {
    INFO(mode.name);
    auto options = options_for(mode.name);
    options.max_connections = 3;
    EchoHost host(options);
    std::vector<std::unique_ptr<EchoConnection>> taken;
    std::string reply;
    for (int i = 0; i < 3; ++i) {
      taken.push_back(std::make_unique<EchoConnection>(host.endpoint(), wire::Protocol::kBinary,
                                                       wire::Transport::kFramed));
      (*taken.back())->echo(reply, "t");
    }
    CHECK(RawConnection(host.endpoint()).receive().empty());
    CHECK(host.host().counters().connections_refused == 1);
    for (auto& client : taken) {
      (*client)->echo(reply, "t");
      CHECK(reply == "t");
    }
    taken.pop_back();
    CHECK(eventually([&] { return host.host().connections_open() == 2; }));
    CHECK(echo_once(host.endpoint()) == "good");
  }
}

}  // namespace
}  // namespace timeservice::test
