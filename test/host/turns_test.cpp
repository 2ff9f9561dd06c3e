// One connection's calls and everybody else's: who waits for whom, in event loops
// and in pools of workers.
#include <sys/socket.h>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <malloc.h>

#include "test/support/catch.h"
#include "test/support/dialects.h"
#include "test/support/echo_host.h"
#include "test/support/sanitized.h"
#include "test/support/written_call.h"

namespace timeservice::test {
namespace {

constexpr wire::Dialect kFramedBinary{wire::Protocol::kBinary, wire::Transport::kFramed};

EchoConnection connect(const EchoHost& host) {
  return {host.endpoint(), kFramedBinary.protocol, kFramedBinary.transport};
}

/// The modes that have workers, with two of them.
std::vector<host::HostOptions> with_two_workers() {
  std::vector<host::HostOptions> all;
  for (const auto& mode : host::kModes) {
    if (!mode.takes_threads) continue;
    all.push_back(options_for(mode.name));
    all.back().threads = 2;
  }
  return all;
}

TEST_CASE("a blocked call holds up its own connection, in order, and no other", "[host]") {
  for (const auto& options : with_two_workers()) {
    INFO(options.mode);
    EchoHost host(options);
    EchoConnection blocked = connect(host);
    blocked->send_echo("before");
    blocked->send_block("blocked");
    blocked->send_echo("after");
    host.latch().until_waiting(1);
    std::string reply;
    blocked->recv_echo(reply);  // does not wait for the call behind it
    CHECK(reply == "before");
    EchoConnection other = connect(host);
    other->echo(reply, "other");
    CHECK(reply == "other");
    host.latch().release();
    blocked->recv_block(reply);
    CHECK(reply == "blocked");
    blocked->recv_echo(reply);
    CHECK(reply == "after");
  }
}

TEST_CASE("workers answer pipelined calls in order, on several connections at once", "[host][load]") {
  constexpr int kCalls = 2000;
  for (const auto& options : with_two_workers()) {
    EchoHost host(options);
    std::vector<std::thread> threads;
    std::atomic<int> in_order = 0;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&, i] {
        EchoConnection client = connect(host);
        std::thread sender([&] {
          for (int call = 0; call < kCalls; ++call) client->send_echo(std::to_string(i * kCalls + call));
        });
        for (int call = 0; call < kCalls; ++call) {
          std::string reply;
          client->recv_echo(reply);
          if (reply == std::to_string(i * kCalls + call)) ++in_order;
        }
        sender.join();
      });
    }
    for (std::thread& thread : threads) thread.join();
    INFO(options.mode);
    CHECK(in_order == 4 * kCalls);
  }
}

TEST_CASE("workers finish their calls in a drain, and are cut at its deadline", "[host]") {
  for (const auto& options : with_two_workers()) {
    INFO(options.mode);
    {
      EchoHost host(options);
      EchoConnection client = connect(host);
      client->send_block("answered");
      client->send_echo("too");
      host.latch().until_waiting(1);
      auto drained =
          std::async(std::launch::async, [&] { return host.host().drain(std::chrono::minutes(1)); });
      host.latch().release();
      std::string reply;
      client->recv_block(reply);
      CHECK(reply == "answered");
      client->recv_echo(reply);
      CHECK(reply == "too");
      CHECK(drained.get().complete);
    }
    EchoHost host(options);
    EchoConnection client = connect(host);
    client->send_block("cut");
    host.latch().until_waiting(1);
    const auto cut = host.host().drain(std::chrono::milliseconds(50));
    CHECK_FALSE(cut.complete);
    CHECK(cut.calls_cut == 1);
  }
}

/// A processor whose calls take a millisecond each, from some call on.
class SlowProcessor : public apache::thrift::TProcessor {
 public:
  SlowProcessor(std::shared_ptr<apache::thrift::TProcessor> inner, int quick_calls)
      : inner_(std::move(inner)), quick_calls_(quick_calls) {}
  bool process(std::shared_ptr<apache::thrift::protocol::TProtocol> in,
               std::shared_ptr<apache::thrift::protocol::TProtocol> out, void* context) override {
    if (quick_calls_-- <= 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return inner_->process(in, out, context);
  }

 private:
  std::shared_ptr<apache::thrift::TProcessor> inner_;
  std::atomic<int> quick_calls_;
};

TEST_CASE("a connection with many slow calls lets others have their turn", "[host]") {
  constexpr std::uint64_t kCalls = 2000;
  for (const auto& mode : host::kModes) {
    if (mode.name == "simple") continue;  // one connection at a time
    for (const int quick : {0, 1000}) {
      INFO(mode.name << ", " << quick << " quick calls first");
      auto options = options_for(mode.name);
      if (mode.takes_io_threads) options.io_threads = 1;
      EchoHost host(options, [&](EchoHost::Processor echo) {
        return std::make_shared<SlowProcessor>(std::move(echo), quick);
      });
      RawConnection greedy(host.endpoint());
      std::string calls;
      for (std::uint64_t i = 0; i < kCalls; ++i) {
        calls += written(kFramedBinary, [](EchoClient& client) { client.send_echo("x"); });
      }
      greedy.send(calls);
      CHECK(eventually(
          [&] { return host.host().counters().messages_in >= static_cast<std::uint64_t>(quick) / 2; }));
      EchoConnection other = connect(host);
      std::string reply;
      other->echo(reply, "other");
      CHECK(reply == "other");
      CHECK(host.host().counters().messages_in < kCalls);
    }
  }
}

TEST_CASE("a client that reads no replies is paused, and costs others nothing", "[host]") {
  constexpr int kReply = 100'000;
  constexpr int kCalls = 1000;
  for (const auto& mode : host::kModes) {
    INFO(mode.name);
    auto options = options_for(mode.name);
    options.write_timeout = std::chrono::milliseconds(300);
    EchoHost host(options);
    RawConnection greedy(host.endpoint());
    std::string calls;
    for (int i = 0; i < kCalls; ++i) {
      calls += written(kFramedBinary, [](EchoClient& client) { client.send_repeat(kReply); });
    }
    greedy.send(calls);
    CHECK(eventually([&] { return host.host().counters().bytes_out > kReply; }));
    EchoConnection other = connect(host);
    std::string reply;
    other->echo(reply, "other");
    CHECK(reply == "other");
    CHECK(eventually([&] { return host.refused_for(wire::WireError::kSlowReader) == 1; }));
    CHECK(eventually([&] { return host.host().connections_open() == 1; }));
    // It did not run all of them and keep the replies.
    CHECK(host.host().counters().messages_in < kCalls);
    other->echo(reply, "again");
    CHECK(reply == "again");
  }
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST_CASE("an idle connection holds no buffers in the reactor, whatever it has sent before", "[host]") {
  constexpr std::size_t kConnections = 1000;
  constexpr std::size_t kMostBytesEach = 1536;
  for (const std::size_t workers : {std::size_t{0}, std::size_t{2}}) {
    INFO(workers << " workers");
    auto options = options_for("reactor");
    options.threads = workers;
    options.io_threads = 1;
    EchoHost host(options);
    const auto call_all = [&](std::vector<std::unique_ptr<RawConnection>>& clients, std::size_t bytes) {
      const std::string call =
          written(kFramedBinary, [&](EchoClient& c) { c.send_echo(std::string(bytes, 'x')); });
      for (const auto& client : clients) {
        client->send(call);
        client->receive(call.size());  // a reply of one field, as the call was
      }
    };
    std::vector<std::unique_ptr<RawConnection>> warm;
    warm.push_back(std::make_unique<RawConnection>(host.endpoint()));
    call_all(warm, 100'000);
    const std::size_t before = ::mallinfo2().uordblks;
    std::vector<std::unique_ptr<RawConnection>> clients(kConnections);
    for (auto& client : clients) client = std::make_unique<RawConnection>(host.endpoint());
    call_all(clients, 100'000);
    call_all(clients, 10);
    const std::size_t after = ::mallinfo2().uordblks;
    CHECK(host.host().connections_open() == kConnections + 1);
    CHECK((after - before) / kConnections < kMostBytesEach);
  }
}
#endif

}  // namespace
}  // namespace timeservice::test
