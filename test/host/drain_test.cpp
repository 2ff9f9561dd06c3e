// Nothing is lost on the way down.
#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <thrift/TProcessor.h>

#include "server/host/start_error.h"
#include "test/support/catch.h"
#include "test/support/dialects.h"
#include "test/support/echo_host.h"

namespace timeservice::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::future<std::string> call_block(EchoConnection& client, const std::string& token) {
  return std::async(std::launch::async, [&client, token] {
    std::string reply;
    client->block(reply, token);
    return reply;
  });
}

bool refuses_connections(const wire::Endpoint& endpoint) {
  try {
    const RawConnection connection(endpoint);
    return false;
  } catch (const std::runtime_error&) {
    return true;
  }
}

/// Every mode as it is, and with the threads that it can be given.
std::vector<host::HostOptions> every_way_to_serve() {
  std::vector<host::HostOptions> ways;
  for (const auto& mode : host::kModes) {
    ways.push_back(options_for(mode.name));
    if (!mode.takes_io_threads) continue;
    ways.push_back(options_for(mode.name));
    ways.back().threads = 2;
    ways.back().io_threads = 2;
  }
  return ways;
}

TEST_CASE("drain lets a call in flight finish, and its reply is sent", "[host][drain]") {
  for (const auto& options : every_way_to_serve()) {
    for (const wire::Dialect& dialect : dialects_of(host::mode_for(options))) {
      INFO(options.mode << ' ' << options.threads.value_or(0) << " threads " << wire::name(dialect.protocol)
                        << ' ' << wire::name(dialect.transport));
      EchoHost host(options);
      EchoConnection idle(host.endpoint(), dialect.protocol, dialect.transport);
      std::string reply;
      idle->echo(reply, "t");
      EchoConnection busy(host.endpoint(), dialect.protocol, dialect.transport);
      auto in_flight = call_block(busy, "kept");
      host.latch().until_waiting(1);

      auto drained = std::async(std::launch::async, [&] { return host.host().drain(seconds(30)); });
      CHECK(eventually([&] { return refuses_connections(host.endpoint()); }));
      CHECK(drained.wait_for(milliseconds(50)) == std::future_status::timeout);
      host.latch().release();
      CHECK(in_flight.get() == "kept");
      CHECK(drained.get().complete);
      CHECK(host.host().counters().connections_open() == 0);
      CHECK_THROWS_AS(idle->echo(reply, "t"), apache::thrift::TException);
    }
  }
}

TEST_CASE("drain answers every call that had arrived, also those behind one that blocks", "[host][drain]") {
  for (const auto& options : every_way_to_serve()) {
    INFO(options.mode << ' ' << options.threads.value_or(0) << " threads");
    EchoHost host(options);
    EchoConnection client(host.endpoint(), wire::Protocol::kBinary, wire::Transport::kFramed);
    client->send_block("first");
    host.latch().until_waiting(1);
    for (int i = 0; i < 10; ++i) client->send_echo(std::to_string(i));
    auto drained = std::async(std::launch::async, [&] { return host.host().drain(seconds(30)); });
    CHECK(eventually([&] { return refuses_connections(host.endpoint()); }));
    host.latch().release();
    std::string reply;
    client->recv_block(reply);
    CHECK(reply == "first");
    for (int i = 0; i < 10; ++i) {
      client->recv_echo(reply);
      CHECK(reply == std::to_string(i));
    }
    CHECK(drained.get().complete);
  }
}

TEST_CASE("drain sends a large reply whole to a client that reads it slowly", "[host][drain]") {
  constexpr std::int32_t kSize = 20'000'000;
  for (const auto& options : every_way_to_serve()) {
    INFO(options.mode);
    EchoHost host(options);
    EchoConnection client(host.endpoint(), wire::Protocol::kBinary, wire::Transport::kFramed);
    client->send_repeat(kSize);
    CHECK(eventually([&] { return host.host().counters().bytes_out > 0; }));
    auto drained = std::async(std::launch::async, [&] { return host.host().drain(seconds(30)); });
    CHECK(eventually([&] { return refuses_connections(host.endpoint()); }));
    std::string reply;
    client->recv_repeat(reply);
    CHECK(reply.size() == kSize);
    CHECK(drained.get().complete);
  }
}

TEST_CASE("drain holds its deadline against a handler that does not return", "[host][drain]") {
  for (const auto& options : every_way_to_serve()) {
    INFO(options.mode);
    EchoHost host(options);
    EchoConnection client(host.endpoint(), wire::Protocol::kBinary, wire::Transport::kFramed);
    auto in_flight = call_block(client, "lost");
    host.latch().until_waiting(1);
    const auto result = host.host().drain(milliseconds(100));
    CHECK_FALSE(result.complete);
    CHECK(result.calls_cut == 1);
    CHECK_THROWS_AS(in_flight.get(), apache::thrift::TException);
  }
}

TEST_CASE("drain closes clients that have said nothing or half a message", "[host][drain]") {
  for (const auto& options : every_way_to_serve()) {
    INFO(options.mode);
    EchoHost host(options);
    const RawConnection silent(host.endpoint());
    RawConnection half(host.endpoint());
    half.send(std::string("\0\0\0\x40\x80\x01", 6));
    CHECK(eventually([&] { return host.host().connections_open() == 2; }));
    CHECK(host.host().drain(seconds(30)).complete);
  }
}

TEST_CASE("a host can be stopped at once, at any moment", "[host][drain]") {
  for (const auto& options : every_way_to_serve()) {
    INFO(options.mode);
    { EchoHost never_used(options); }
    EchoHost host(options);
    EchoConnection client(host.endpoint(), wire::Protocol::kBinary, wire::Transport::kFramed);
    std::string reply;
    client->echo(reply, "t");
    host.host().stop();
    CHECK_THROWS_AS(client->echo(reply, "t"), apache::thrift::TException);
  }
}

TEST_CASE("a host can be stopped while it still makes its event loops", "[host][drain]") {
  for (const auto& mode : host::kModes) {
    if (!mode.takes_io_threads) continue;
    INFO(mode.name);
    auto options = options_for(mode.name);
    options.io_threads = 200;
    for (int i = 0; i < 100; ++i) const EchoHost never_used(options);
  }
}

/// What a handler's thread leaves behind takes its time to go.
struct SlowToGo {
  SlowToGo() { ++alive; }
  ~SlowToGo() {
    std::this_thread::sleep_for(milliseconds(50));
    --alive;
  }
  static inline std::atomic<int> alive = 0;
};

class LeavesSomething : public apache::thrift::TProcessor {
 public:
  explicit LeavesSomething(EchoHost::Processor echo) : echo_(std::move(echo)) {}
  bool process(std::shared_ptr<apache::thrift::protocol::TProtocol> in,
               std::shared_ptr<apache::thrift::protocol::TProtocol> out, void* context) override {
    thread_local const SlowToGo left;
    static_cast<void>(left);
    return echo_->process(std::move(in), std::move(out), context);
  }

 private:
  EchoHost::Processor echo_;
};

TEST_CASE("when a host is gone, so is every thread that ran its handlers", "[host][drain]") {
  for (const auto& options : every_way_to_serve()) {
    INFO(options.mode << ' ' << options.threads.value_or(0) << " threads");
    {
      EchoHost host(options, [](auto echo) { return std::make_shared<LeavesSomething>(std::move(echo)); });
      EchoConnection client(host.endpoint(), wire::Protocol::kBinary, wire::Transport::kFramed);
      std::string reply;
      client->echo(reply, "t");
      CHECK(SlowToGo::alive == 1);
    }
    CHECK(SlowToGo::alive == 0);
  }
}

TEST_CASE("a port that is taken is refused by name", "[host]") {
  EchoHost first(options_for("threaded"));
  auto options = options_for("threaded");
  options.listen = {first.endpoint()};
  try {
    const EchoHost second(options);
    FAIL("both listen");
  } catch (const host::StartError& error) {
    CHECK(std::string(error.what()).find(wire::to_string(first.endpoint())) != std::string::npos);
  }
}

TEST_CASE("drain ends though clients go on calling, one call after another or many at once", "[host]") {
  for (const auto& mode : host::kModes) {
    for (const int pipelined : {1, 50}) {
      INFO(mode.name << ", " << pipelined << " at once");
      EchoHost host(options_for(mode.name));
      std::vector<std::thread> clients;
      // In simple one client at a time is served as long as it has something to say.
      const int count = mode.name == "simple" ? 1 : 4;
      for (int i = 0; i < count; ++i) {
        clients.emplace_back([&] {
          try {
            EchoConnection client(host.endpoint(), wire::Protocol::kBinary, wire::Transport::kFramed);
            for (std::string reply;;) {
              for (int call = 0; call < pipelined; ++call) client->send_echo("more");
              for (int call = 0; call < pipelined; ++call) client->recv_echo(reply);
            }
          } catch (const apache::thrift::TException&) {  // closed, as it should be
          }
        });
      }
      CHECK(eventually([&] { return host.host().counters().messages_in > 1000; }));
      CHECK(host.host().drain(std::chrono::seconds(20)).complete);
      for (std::thread& client : clients) client.join();
    }
  }
}

}  // namespace
}  // namespace timeservice::test
