// The service manager's watchdog is fed while the host gets on, and not while all its
// threads are stuck.
#include "server/host/watchdog.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <spdlog/sinks/base_sink.h>

#include "test/support/captured_log.h"
#include "test/support/catch.h"
#include "test/support/echo_host.h"

namespace timeservice::test {
namespace {

using std::chrono::milliseconds;

/// Short, so that the test is; nothing here fails when the machine is slower.
constexpr milliseconds kWithin{100};
/// Enough of them to have been found stuck, were it so.
constexpr int kManyMeals = 6;

/// Takes systemd's place: the socket that NOTIFY_SOCKET names, and the watchdog's variables.
class FakeManager {
 public:
  FakeManager() : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    const std::string name = "timeservice-watchdog-test-" + std::to_string(::getpid());
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    name.copy(address.sun_path + 1, sizeof address.sun_path - 1);  // abstract: no file
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
    REQUIRE(::bind(fd_, reinterpret_cast<const sockaddr*>(&address), size) == 0);
    ::setenv("NOTIFY_SOCKET", ("@" + name).c_str(), 1);
    const auto usec = std::chrono::microseconds(kWithin).count();
    ::setenv("WATCHDOG_USEC", std::to_string(usec).c_str(), 1);
    ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
  }
  ~FakeManager() {
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) ::unsetenv(name);
    ::close(fd_);
  }
  FakeManager(const FakeManager&) = delete;
  FakeManager& operator=(const FakeManager&) = delete;

  /// What has come since the last time; any thread.
  int meals() {
    int count = 0;
    char message[256];
    for (;;) {
      const ssize_t size = ::recv(fd_, message, sizeof message, 0);
      if (size < 0) return count;
      if (std::string(message, static_cast<std::size_t>(size)) == "WATCHDOG=1") ++count;
    }
  }

 private:
  int fd_;
};

/// Counts meals at the moments that the watchdog logs, in its own thread: so it is
/// known what was fed before and after, on a machine of any speed.
class StuckLog : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit StuckLog(FakeManager& manager) : manager_(manager) {}

  std::atomic<bool> stuck = false;
  std::atomic<bool> recovered = false;
  std::atomic<int> times_told = 0;
  std::atomic<int> meals_while_stuck = -1;

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    const int meals = manager_.meals();
    if (message.level == spdlog::level::err) {
      ++times_told;
      stuck = true;
    } else {
      meals_while_stuck = meals - 1;  // without the one that ends it
      recovered = true;
    }
  }
  void flush_() override {}

 private:
  FakeManager& manager_;
};

struct Watched {
  explicit Watched(const host::Host& host)
      : sink(std::make_shared<StuckLog>(manager)),
        watchdog(host, service_manager, std::make_shared<spdlog::logger>("watchdog", sink)) {}

  /// Whether it is fed on and on, and never found to be stuck.
  bool is_fed() {
    int meals = 0;
    return eventually([&] { return (meals += manager.meals()) >= kManyMeals; }) && !sink->stuck;
  }

  FakeManager manager;
  host::ServiceManager service_manager;
  std::shared_ptr<StuckLog> sink;
  host::Watchdog watchdog;
};

/// Ways to serve in which so many blocking handlers leave no thread.
struct Way {
  host::HostOptions options;
  int threads;
};

std::vector<Way> ways_to_be_stuck() {
  std::vector<Way> ways;
  const auto add = [&](std::string_view mode, std::optional<std::size_t> threads,
                       std::optional<std::size_t> io_threads, int all) {
    host::HostOptions options = options_for(mode);
    options.threads = threads;
    options.io_threads = io_threads;
    options.write_timeout = {};
    ways.push_back({options, all});
  };
  add("simple", {}, {}, 1);
  add("threadpool", 2, {}, 2);
  add("nonblocking", {}, 1, 1);
  add("nonblocking", 2, 1, 2);
  add("reactor", 0, 1, 1);
  add("reactor", 2, 1, 2);
  return ways;
}

std::unique_ptr<EchoConnection> connect(const EchoHost& host) {
  return std::make_unique<EchoConnection>(host.endpoint(), wire::Protocol::kBinary, wire::Transport::kFramed);
}

/// Clients whose calls hold every thread until the latch is released.
std::vector<std::unique_ptr<EchoConnection>> block_all(EchoHost& host, const Way& way) {
  std::vector<std::unique_ptr<EchoConnection>> blocked;
  for (int i = 0; i < way.threads; ++i) {
    blocked.push_back(connect(host));
    (*blocked.back())->send_block("t");
  }
  host.latch().until_waiting(way.threads);
  return blocked;
}

std::string name_of(const Way& way) {
  return std::string(way.options.mode) + " threads " + std::to_string(way.options.threads.value_or(0));
}

TEST_CASE("a host whose threads are all stuck while a client waits is not fed, until it gets on", "[host]") {
  for (const Way& way : ways_to_be_stuck()) {
    INFO(name_of(way));
    EchoHost host(way.options);
    const auto blocked = block_all(host, way);
    Watched watched(host.host());
    CHECK(watched.is_fed());  // nobody else waits

    const auto waiting = connect(host);
    (*waiting)->send_echo("late");
    REQUIRE(eventually([&] { return watched.sink->stuck.load(); }));
    std::this_thread::sleep_for(3 * kWithin);  // to be fed in, wrongly
    host.latch().release();
    REQUIRE(eventually([&] { return watched.sink->recovered.load(); }));
    CHECK(watched.sink->meals_while_stuck == 0);
    CHECK(watched.sink->times_told == 1);
    std::string reply;
    (*waiting)->recv_echo(reply);
    CHECK(reply == "late");
  }
}

TEST_CASE("where nobody is to be fed, a host that is stuck is told of all the same, and that it gets on",
          "[host]") {
  for (const Way& way : ways_to_be_stuck()) {
    INFO(name_of(way));
    EchoHost host(way.options);
    const auto blocked = block_all(host, way);
    const CapturedLog log;
    host::ServiceManager nobody;
    const host::Watchdog watchdog(host.host(), nobody, log.logger(), kWithin);
    CHECK(watchdog.stuck().empty());
    const auto waiting = connect(host);
    (*waiting)->send_echo("late");
    REQUIRE(
        eventually([&] { return log.count("every thread is stuck, as handlers that hang leave it") == 1; }));
    CHECK(log.count("no longer stuck") == 0);
    CHECK(watchdog.stuck().find("clients wait, and nothing was done for 100 ms") == 0);
    host.latch().release();
    CHECK(eventually([&] { return log.count("threads are no longer stuck") == 1; }));
    CHECK(watchdog.stuck().empty());
  }
}

TEST_CASE("an idle host, with silent clients and with half a message, is fed", "[host]") {
  for (const auto& mode : host::kModes) {
    INFO(mode.name);
    EchoHost host(options_for(mode.name));
    RawConnection silent(host.endpoint());
    RawConnection half(host.endpoint());
    REQUIRE(half.send(std::string("\0\0\0\x20\x80\x01\0\x01", 8)));
    Watched watched(host.host());
    CHECK(watched.is_fed());
  }
}

TEST_CASE("a host with one hanging handler that serves others is fed", "[host]") {
  for (const auto& [mode, threads] : {std::pair<std::string_view, std::optional<std::size_t>>{"threaded", {}},
                                      {"threadpool", 2},
                                      {"nonblocking", 2},
                                      {"reactor", 2}}) {
    INFO(mode);
    host::HostOptions options = options_for(mode);
    options.threads = threads;
    EchoHost host(options);
    const auto hanging = connect(host);
    (*hanging)->send_block("t");
    (*hanging)->send_echo("behind it");  // waits for its own client's call, and for nobody's thread
    host.latch().until_waiting(1);
    Watched watched(host.host());
    CHECK(watched.is_fed());
    const auto other = connect(host);
    std::string reply;
    (*other)->echo(reply, "t");
    CHECK(reply == "t");
  }
}

TEST_CASE("a host whose only clients do not take their replies is fed", "[host]") {
  for (const auto& mode : host::kModes) {
    INFO(mode.name);
    host::HostOptions options = options_for(mode.name);
    options.write_timeout = {};
    EchoHost host(options);
    const auto greedy = connect(host);
    const int small = 4096;
    ::setsockopt(greedy->socket().getSocketFD(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    for (int i = 0; i < 40; ++i) (*greedy)->send_repeat(500'000);
    const auto sent = [&] { return std::uint64_t{host.host().counters().bytes_out}; };
    std::uint64_t last = 0;
    // Until the server has sent what fits in both kernels' buffers.
    REQUIRE(eventually([&] {
      std::this_thread::sleep_for(milliseconds(20));
      return sent() > 0 && std::exchange(last, sent()) == sent();
    }));
    Watched watched(host.host());
    CHECK(watched.is_fed());
  }
}

TEST_CASE("progress is what was sent and what has ended, not what began", "[host]") {
  for (const auto& mode : host::kModes) {
    INFO(mode.name);
    EchoHost host(options_for(mode.name));
    const auto done = [&] { return host.host().progress().done; };
    const auto client = connect(host);
    std::string reply;
    (*client)->echo(reply, "t");
    CHECK(eventually([&] {  // a moment after its client has its reply
      const std::uint64_t sent = host.host().counters().bytes_out;
      return sent > 0 && done() == sent + 1;
    }));
    const std::uint64_t before = done();
    (*client)->note("it is not answered");
    CHECK(eventually([&] { return done() == before + 1; }));
    (*client)->send_block("t");
    host.latch().until_waiting(1);
    CHECK(done() == before + 1);
  }
}

TEST_CASE("a host on its way down is fed, come what may", "[host]") {
  host::HostOptions options = options_for("simple");
  EchoHost host(options);
  const auto blocked = connect(host);
  (*blocked)->send_block("t");
  host.latch().until_waiting(1);
  const auto waiting = connect(host);
  (*waiting)->send_echo("late");
  Watched watched(host.host());
  watched.watchdog.draining();
  CHECK(watched.is_fed());
}

TEST_CASE("without a watchdog in the environment nothing is fed, and nothing runs", "[host]") {
  EchoHost host(options_for("reactor"));
  FakeManager manager;
  ::unsetenv("WATCHDOG_USEC");
  host::ServiceManager service_manager;
  CHECK_FALSE(service_manager.watchdog());
  ::setenv("WATCHDOG_USEC", "200000", 1);
  ::setenv("WATCHDOG_PID", "1", 1);  // meant for another process
  CHECK_FALSE(service_manager.watchdog());
}

}  // namespace
}  // namespace timeservice::test
