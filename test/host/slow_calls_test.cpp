// Calls that take long, in a reactor that is told nothing of threads: who has to wait for them.
#include <atomic>
#include <chrono>
#include <ctime>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "server/host/host.h"
#include "server/host/reactor/turn_watch.h"
#include "test/support/captured_log.h"
#include "test/support/catch.h"
#include "test/support/echo_host.h"
#include "wire/direct_processor.h"

namespace timeservice::test {
namespace {

using std::chrono::milliseconds;

const std::string kWho = "who runs this?";

/// Waits for as many milliseconds as it is told, and tells which thread runs it.
class PacedHandler : public EchoHandler {
 public:
  using EchoHandler::EchoHandler;
  void echo(std::string& reply, const std::string& token) override {
    reply = token;
    if (token == kWho) reply = std::to_string(std::hash<std::thread::id>()(std::this_thread::get_id()));
    if (token.starts_with("wait")) std::this_thread::sleep_for(milliseconds(std::stoi(token.substr(4))));
  }
};

/// A reactor of one event loop.
class PacedHost {
 public:
  explicit PacedHost(std::optional<std::size_t> threads = {})
      : host_(options(threads),
              std::make_shared<wire::DirectProcessor<echo_service::EchoProcessorT, wire::BinaryProtocol>>(
                  std::make_shared<PacedHandler>(latch_)),
              log_.logger()) {
    host_.start();
  }
  ~PacedHost() {
    latch_.release();
    host_.stop();
  }
  PacedHost(const PacedHost&) = delete;
  PacedHost& operator=(const PacedHost&) = delete;

  host::Host& host() { return host_; }
  const CapturedLog& log() const { return log_; }
  Latch& latch() { return latch_; }
  EchoConnection connect() const {
    return {host_.endpoints().front(), wire::Protocol::kBinary, wire::Transport::kFramed};
  }
  /// Which thread runs a call now.
  std::string ran_by() const {
    std::string reply;
    connect()->echo(reply, kWho);
    return reply;
  }
  void slow_call(milliseconds wait) const {
    std::string reply;
    connect()->echo(reply, "wait" + std::to_string(wait.count()));
  }
  /// As many as suffice.
  void slow_calls(milliseconds wait) const {
    for (int i = 0; i < 4; ++i) slow_call(wait);
  }

 private:
  static host::HostOptions options(std::optional<std::size_t> threads) {
    host::HostOptions options = options_for("reactor");
    options.io_threads = 1;
    options.threads = threads;
    return options;
  }

  CapturedLog log_;
  Latch latch_;
  host::Host host_;
};

TEST_CASE("a call that waits holds up nobody once one of them did", "[host][slow]") {
  PacedHost paced;
  paced.slow_calls(milliseconds(200));
  EchoConnection busy = paced.connect();
  busy->send_block("in flight");
  paced.latch().until_waiting(1);
  EchoConnection other = paced.connect();
  std::string reply;
  other->echo(reply, "meanwhile");
  CHECK(reply == "meanwhile");
  CHECK(paced.host().counters().slow_turns > 0);
  paced.latch().release();
  busy->recv_block(reply);
  CHECK(reply == "in flight");
}

TEST_CASE("without threads to have, by --threads 0, a call that waits holds up its event loop",
          "[host][slow]") {
  PacedHost paced(0);
  paced.slow_calls(milliseconds(50));
  EchoConnection busy = paced.connect();
  busy->send_block("in flight");
  paced.latch().until_waiting(1);
  auto other = std::async(std::launch::async, [&] { return paced.ran_by(); });
  CHECK(other.wait_for(milliseconds(100)) == std::future_status::timeout);
  paced.latch().release();
  std::string reply;
  busy->recv_block(reply);
  other.get();
}

TEST_CASE("when calls are quick again, the event loop runs them", "[host][slow]") {
  PacedHost paced;
  const std::string loop = paced.ran_by();
  CHECK(paced.ran_by() == loop);
  paced.slow_calls(milliseconds(5));
  CHECK(eventually([&] { return paced.ran_by() == loop; }));
  // For longer where they were slower.
  paced.slow_calls(milliseconds(200));
  std::this_thread::sleep_for(milliseconds(1500));
  CHECK(paced.ran_by() != loop);
}

/// Calls pipelined on a connection of their own, until told to stop.
class Pipeliner {
 public:
  explicit Pipeliner(const PacedHost& paced) : client_(paced.connect()), thread_([this] { run(); }) {}
  /// Whether every call was answered, and in order.
  bool stop() {
    stopping_ = true;
    thread_.join();
    return answered_ > 0 && in_order_;
  }

 private:
  void run() {
    constexpr int kTogether = 20;
    while (!stopping_) {
      for (int i = 0; i < kTogether; ++i) client_->send_echo(std::to_string(answered_ + i));
      std::string reply;
      for (int i = 0; i < kTogether; ++i, ++answered_) {
        client_->recv_echo(reply);
        in_order_ = in_order_ && reply == std::to_string(answered_);
      }
    }
  }

  EchoConnection client_;
  std::atomic<bool> stopping_ = false;
  int answered_ = 0;
  bool in_order_ = true;
  std::thread thread_;
};

TEST_CASE("replies are in order while calls go to workers and back to the event loop", "[host][load][slow]") {
  PacedHost paced;
  const std::string loop = paced.ran_by();
  std::vector<std::unique_ptr<Pipeliner>> clients(4);
  for (auto& client : clients) client = std::make_unique<Pipeliner>(paced);
  for (int i = 0; i < 2; ++i) {
    CHECK(eventually([&] {
      paced.slow_call(milliseconds(10));
      return paced.ran_by() != loop;
    }));
    CHECK(eventually([&] { return paced.ran_by() == loop; }));
  }
  for (auto& client : clients) CHECK(client->stop());
  CHECK(paced.host().drain(std::chrono::seconds(30)).complete);
}

TEST_CASE("a slow call now and then is found among many that are quick", "[host][load][slow]") {
  PacedHost paced;
  const std::string loop = paced.ran_by();
  std::vector<std::unique_ptr<Pipeliner>> clients(2);
  for (auto& client : clients) client = std::make_unique<Pipeliner>(paced);
  CHECK(eventually([&] {
    paced.slow_call(milliseconds(20));
    std::this_thread::sleep_for(milliseconds(50));
    return paced.ran_by() != loop;
  }));
  for (auto& client : clients) CHECK(client->stop());
}

TEST_CASE("the log is told once that workers were started, and how to have it otherwise",
          "[host][log][slow]") {
  PacedHost paced;
  CHECK(eventually([&] {
    paced.slow_call(milliseconds(10));
    return paced.host().workers_run_calls();
  }));
  paced.slow_calls(milliseconds(10));
  CHECK(paced.log().count("calls held up event loops for ") == 1);
  CHECK(paced.log().count("16 threads run calls as long as some are slow; --threads N has N run them all") ==
        1);
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
