// Many clients at once: each reply goes to whoever asked.
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "test/support/catch.h"
#include "test/support/dialects.h"
#include "test/support/echo_host.h"
#include "test/support/sanitized.h"

namespace timeservice::test {
namespace {

constexpr std::size_t kClients = 1000;
constexpr int kCalls = kSanitized ? 20 : 100;
constexpr std::size_t kThreads = 8;

/// Every client of a slice has a call under way at the same time: first all send,
/// then all receive.
void call_in_turn(const wire::Endpoint& endpoint, const std::vector<wire::Dialect>& dialects,
                  std::size_t slice, std::atomic<int>& right, std::atomic<int>& wrong) {
  std::vector<std::unique_ptr<EchoConnection>> clients;
  for (std::size_t i = slice; i < kClients; i += kThreads) {
    const wire::Dialect& dialect = dialects[i % dialects.size()];
    clients.push_back(std::make_unique<EchoConnection>(endpoint, dialect.protocol, dialect.transport));
  }
  for (int round = 0; round < kCalls; ++round) {
    const auto token = [&](std::size_t i) { return fmt::format("client {} of {} call {}", i, slice, round); };
    for (std::size_t i = 0; i < clients.size(); ++i) (*clients[i])->send_echo(token(i));
    for (std::size_t i = 0; i < clients.size(); ++i) {
      std::string reply;
      (*clients[i])->recv_echo(reply);
      ++(reply == token(i) ? right : wrong);
    }
  }
}

TEST_CASE("1000 clients at once get each its own replies, none lost, none twice", "[host][load]") {
  for (const auto& mode : host::kModes) {
    INFO(mode.name);
    EchoHost host(options_for(mode.name));
    std::atomic<int> right = 0;
    std::atomic<int> wrong = 0;
    std::atomic<int> failed = 0;
    std::vector<std::thread> threads;
    for (std::size_t slice = 0; slice < kThreads; ++slice) {
      threads.emplace_back([&, slice] {
        try {
          call_in_turn(host.endpoint(), dialects_of(mode), slice, right, wrong);
        } catch (const std::exception&) {
          ++failed;
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(right == static_cast<int>(kClients) * kCalls);
    CHECK(wrong == 0);
    CHECK(failed == 0);
    CHECK(host.host().counters().messages_in == kClients * kCalls);
  }
}

TEST_CASE("pipelined calls are answered in order", "[host][load]") {
  constexpr int kPipelined = 10'000;
  for (const auto& mode : host::kModes) {
    for (const wire::Dialect& dialect : dialects_of(mode)) {
      INFO(mode.name << ' ' << wire::name(dialect.protocol) << ' ' << wire::name(dialect.transport));
      EchoHost host(options_for(mode.name));
      EchoConnection client(host.endpoint(), dialect.protocol, dialect.transport);
      std::thread sender([&] {
        for (int i = 0; i < kPipelined; ++i) client->send_echo(std::to_string(i));
      });
      int in_order = 0;
      for (int i = 0; i < kPipelined; ++i) {
        std::string reply;
        client->recv_echo(reply);
        if (reply == std::to_string(i)) ++in_order;
      }
      sender.join();
      CHECK(in_order == kPipelined);
    }
  }
}

}  // namespace
}  // namespace timeservice::test
