// Calls that take long, in a reactor that is told nothing of threads: who has to wait for them.
#include <atomic>
#include <chrono>
#include <ctime>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <thrift/TProcessor.h>

#include "server/host/host.h"
#include "server/host/reactor/turn_watch.h"
#include "test/support/captured_log.h"
#include "test/support/catch.h"
#include "test/support/echo_host.h"
#include "wire/direct_processor.h"

namespace timeservice::test {
namespace {

using std::chrono::milliseconds;

/// What handlers do before they answer, and which threads run them.
struct Pace {
  std::atomic<milliseconds> waits = milliseconds(0);
  std::atomic<std::thread::id> ran_by = {};

  void take() {
    ran_by = std::this_thread::get_id();
    if (const milliseconds wait = waits; wait > milliseconds::zero()) std::this_thread::sleep_for(wait);
  }
};

class PacedProcessor : public apache::thrift::TProcessor {
 public:
  PacedProcessor(EchoHost::Processor echo, Pace& pace) : echo_(std::move(echo)), pace_(pace) {}
  bool process(std::shared_ptr<apache::thrift::protocol::TProtocol> in,
               std::shared_ptr<apache::thrift::protocol::TProtocol> out, void* context) override {
    pace_.take();
    return echo_->process(std::move(in), std::move(out), context);
  }

 private:
  EchoHost::Processor echo_;
  Pace& pace_;
};

/// A reactor of one event loop.
class PacedHost {
 public:
  explicit PacedHost(std::optional<std::size_t> threads = {})
      : host_(options(threads),
              [this](auto echo) { return std::make_shared<PacedProcessor>(std::move(echo), pace_); }) {}

  EchoHost& host() { return host_; }
  EchoConnection connect() const {
    return {host_.endpoint(), wire::Protocol::kBinary, wire::Transport::kFramed};
  }
  std::thread::id echo_ran_by() {
    std::string reply;
    connect()->echo(reply, "t");
    return pace_.ran_by;
  }
  /// Calls that take so long: two, for not each is looked at.
  void slow_calls(milliseconds wait) {
    pace_.waits = wait;
    for (int i = 0; i < 2; ++i) echo_ran_by();
    pace_.waits = milliseconds::zero();
  }

 private:
  static host::HostOptions options(std::optional<std::size_t> threads) {
    host::HostOptions options = options_for("reactor");
    options.io_threads = 1;
    options.threads = threads;
    return options;
  }

  Pace pace_;
  EchoHost host_;
};

TEST_CASE("a call that waits holds up nobody once one of them did", "[host][slow]") {
  PacedHost paced;
  paced.slow_calls(milliseconds(200));
  EchoConnection busy = paced.connect();
  busy->send_block("in flight");
  paced.host().latch().until_waiting(1);
  EchoConnection other = paced.connect();
  std::string reply;
  other->echo(reply, "meanwhile");
  CHECK(reply == "meanwhile");
  CHECK(paced.host().host().counters().slow_turns > 0);
  paced.host().latch().release();
  busy->recv_block(reply);
  CHECK(reply == "in flight");
}

TEST_CASE("without threads to have, by --threads 0, a call that waits holds up its event loop",
          "[host][slow]") {
  PacedHost paced(0);
  paced.slow_calls(milliseconds(50));
  EchoConnection busy = paced.connect();
  busy->send_block("in flight");
  paced.host().latch().until_waiting(1);
  auto other = std::async(std::launch::async, [&] { return paced.echo_ran_by(); });
  CHECK(other.wait_for(milliseconds(100)) == std::future_status::timeout);
  paced.host().latch().release();
  std::string reply;
  busy->recv_block(reply);
  other.get();
}

TEST_CASE("when calls are quick again, the event loop runs them", "[host][slow]") {
  PacedHost paced;
  const std::thread::id loop = paced.echo_ran_by();
  CHECK(paced.echo_ran_by() == loop);
  paced.slow_calls(milliseconds(5));
  CHECK(eventually([&] { return paced.echo_ran_by() == loop; }));
  // For longer where they were slower.
  paced.slow_calls(milliseconds(200));
  std::this_thread::sleep_for(milliseconds(1500));
  CHECK(paced.echo_ran_by() != loop);
}

TEST_CASE("replies are in order, whoever runs calls, slow ones among quick ones", "[host][load][slow]") {
  constexpr int kClients = 4;
  constexpr int kCalls = 3000;
  PacedHost paced;
  std::atomic<int> in_order = 0;
  std::vector<std::thread> clients;
  for (int i = 0; i < kClients; ++i) {
    clients.emplace_back([&, i] {
      EchoConnection client = paced.connect();
      std::thread sender([&] {
        for (int call = 0; call < kCalls; ++call) {
          client->send_echo(std::to_string(i * kCalls + call));
          if (call % 1000 == 500) paced.slow_calls(milliseconds(2));
        }
      });
      std::string reply;
      for (int call = 0; call < kCalls; ++call) {
        client->recv_echo(reply);
        if (reply == std::to_string(i * kCalls + call)) ++in_order;
      }
      sender.join();
    });
  }
  for (std::thread& client : clients) client.join();
  CHECK(in_order == kClients * kCalls);
  CHECK(paced.host().host().drain(std::chrono::seconds(30)).complete);
}

TEST_CASE("the log is told once that workers were started, and how to have it otherwise",
          "[host][log][slow]") {
  CapturedLog log;
  Latch latch;
  Pace pace;
  host::HostOptions options = options_for("reactor");
  host::Host host(
      options,
      std::make_shared<PacedProcessor>(
          std::make_shared<wire::DirectProcessor<echo_service::EchoProcessorT, wire::BinaryProtocol>>(
              std::make_shared<EchoHandler>(latch)),
          pace),
      log.logger());
  host.start();
  pace.waits = milliseconds(5);
  for (int i = 0; i < 4; ++i) {
    EchoConnection client(host.endpoints().front(), wire::Protocol::kBinary, wire::Transport::kFramed);
    std::string reply;
    client->echo(reply, "t");
  }
  host.stop();
  CHECK(log.count("a call held up an event loop for ") == 1);
  CHECK(log.count("16 threads run calls as long as some are slow; --threads N has N run them all") == 1);
}

milliseconds computed_by_now() {
  timespec computed{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &computed);
  return milliseconds(computed.tv_sec * 1000 + computed.tv_nsec / 1'000'000);
}

void compute(milliseconds time) {
  const milliseconds until = computed_by_now() + time;
  while (computed_by_now() < until) {
  }
}

TEST_CASE("a thread that waited is told from one that computes, and from one that had no processor",
          "[host][slow]") {
  const host::TurnWatch idle;
  CHECK_FALSE(idle.slow(1));

  const host::TurnWatch waited;
  std::this_thread::sleep_for(milliseconds(2));
  CHECK(waited.slow(1).value() >= milliseconds(2));
  CHECK(waited.slow(1000));  // one of them, perhaps
  CHECK_FALSE(waited.slow(0));

  const host::TurnWatch computed;
  compute(milliseconds(5));
  CHECK(computed.slow(1).value() >= milliseconds(4));
  CHECK(computed.slow(3));
  // Many quick ones, for which the thread needed its time or did not get it at once.
  CHECK_FALSE(computed.slow(1'000'000));
}

}  // namespace
}  // namespace timeservice::test
