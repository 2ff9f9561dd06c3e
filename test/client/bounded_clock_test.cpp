// A BoundedClock and servers on loopback, all on this machine's clock.

#include "client/bounded_clock.h"

#include <algorithm>
#include <atomic>
#include <deque>
#include <future>
#include <limits>
#include <memory>
#include <thread>

#include "test/client/async_under_test.h"
#include "test/client/client_under_test.h"
#include "test/client/peer.h"
#include "test/support/catch.h"

namespace timeservice::client {
namespace {

using std::chrono::milliseconds;

constexpr std::int64_t kSecond = 1'000'000'000;

/// Counts how often it was asked.
class CountingClock : public LocalClock {
 public:
  void exchange(ClockExchange& reply, const std::int64_t client_send_ns) override {
    ++exchanges;
    LocalClock::exchange(reply, client_send_ns);
  }
  std::atomic<int> exchanges = 0;
};

/// A server of its own for each clock.
class Servers {
 public:
  explicit Servers(std::size_t count) : clocks_(count) {
    for (CountingClock& clock : clocks_) {
      clock.error_ns = 1'000'000;
      peers_.emplace_back([&clock](PeerConnection& connection, int) { connection.serve(clock); });
    }
  }
  LocalClock& clock(std::size_t index) { return clocks_[index]; }
  int exchanges(std::size_t index) const { return clocks_[index].exchanges; }
  const wire::Endpoint& endpoint(std::size_t index) const { return peers_[index].endpoint(); }

  BoundedClockOptions options() const {
    BoundedClockOptions options;
    options.servers.clear();
    for (const Peer& peer : peers_) options.servers.push_back(options_for({peer.endpoint()}));
    options.interval = milliseconds(20);
    options.timeout = kPatience;
    return options;
  }

 private:
  std::deque<CountingClock> clocks_;
  std::deque<Peer> peers_;
};

/// Waits until all servers were asked; what now() then throws.
std::string complaint(const BoundedClock& clock) {
  const auto asked = [&] {
    const auto servers = clock.servers();
    return std::none_of(servers.begin(), servers.end(), [](const auto& server) {
      return server.trouble.find(": not asked yet") != std::string::npos;
    });
  };
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!asked() && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  return line_of<ClockUnreliableError>([&] { clock.now(); });
}

/// The wall clock, read in between, is in the interval. It is what the servers tell.
bool tells_the_wall_clock(const BoundedClock& clock) {
  const std::int64_t before = wall_clock_ns();
  const TrueTime time = clock.now();
  const std::int64_t after = wall_clock_ns();
  return time.earliest_ns <= after && before <= time.latest_ns;
}

TEST_CASE("a bounded clock knows the time without a call", "[bounded_clock]") {
  Servers servers(1);
  BoundedClock clock(servers.options());
  REQUIRE(clock.wait_until_known(kPatience));
  for (int look = 0; look < 1000; ++look) REQUIRE(tells_the_wall_clock(clock));
  const TrueTime time = clock.now();
  CHECK(time.state == ClockState::SYNCHRONIZED);
  CHECK(time.error_ns() >= 1'000'000);
  CHECK(clock.servers().at(0).agrees);
}

TEST_CASE("a server that went silent leaves what was known, which grows wider", "[bounded_clock]") {
  auto servers = std::make_unique<Servers>(1);
  BoundedClockOptions options = servers->options();
  options.drift.ppm = kMaxDriftPpm;
  options.max_error = std::chrono::milliseconds(50);
  BoundedClock clock(options);
  REQUIRE(clock.wait_until_known(kPatience));
  servers.reset();
  const auto end = std::chrono::steady_clock::now() + kPatience;
  std::int64_t last = 0;
  bool grew = false;
  while (const auto time = clock.try_now()) {
    grew = grew || (last > 0 && time->error_ns() > last);
    last = time->error_ns();
    REQUIRE(std::chrono::steady_clock::now() < end);
  }
  CHECK(grew);
  CHECK(line_of<ClockUnreliableError>([&] { clock.now(); }).find("true time is not known to 50000000 ns") !=
        std::string::npos);
}

TEST_CASE("of three servers one that is wrong is outvoted, and named", "[bounded_clock]") {
  for (const std::int64_t ahead : {10 * kSecond, -10 * kSecond}) {
    Servers servers(3);
    servers.clock(1).ahead_ns = ahead;
    BoundedClock clock(servers.options());
    REQUIRE(clock.wait_until_known(kPatience));
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (!clock.servers().at(1).outvoted && std::chrono::steady_clock::now() < end) {
      REQUIRE(tells_the_wall_clock(clock));
    }
    const auto standing = clock.servers();
    CHECK(standing.at(0).agrees);
    CHECK(standing.at(1).outvoted);
    CHECK(!standing.at(1).agrees);
    CHECK(standing.at(1).endpoint == wire::to_string(servers.endpoint(1)));
    CHECK(standing.at(2).agrees);
  }
}

TEST_CASE("two servers that disagree give no time", "[bounded_clock]") {
  Servers servers(2);
  servers.clock(1).ahead_ns = 10 * kSecond;
  BoundedClock clock(servers.options());
  const std::string line = complaint(clock);
  CHECK(
      line.find("bounded clock: servers contradict each other: of 2 with a bound no 2 agree, and until each "
                "was heard again nothing is believed; ") == 0);
  CHECK(line.find(wire::to_string(servers.endpoint(0))) != std::string::npos);
  CHECK(line.find(wire::to_string(servers.endpoint(1))) != std::string::npos);
  CHECK(!clock.try_now());
}

TEST_CASE("two servers that disagreed give no time when one falls silent", "[bounded_clock]") {
  Servers servers(1);
  auto silent = std::make_unique<Servers>(1);
  servers.clock(0).ahead_ns = 10'000'000;
  BoundedClockOptions options = servers.options();
  options.servers.push_back(options_for({silent->endpoint(0)}));
  // So that the interval of the silent one meets that of the other after some tens of milliseconds.
  options.drift.ppm = kMaxDriftPpm;
  BoundedClock clock(options);
  const auto contradicts = [&] {
    return line_of<ClockUnreliableError>([&] { clock.now(); }).find("contradict each other") !=
           std::string::npos;
  };
  const auto patience = std::chrono::steady_clock::now() + kPatience;
  while (!contradicts()) REQUIRE(std::chrono::steady_clock::now() < patience);
  silent.reset();
  const auto end = std::chrono::steady_clock::now() + milliseconds(300);
  while (std::chrono::steady_clock::now() < end) REQUIRE(!clock.try_now());
  CHECK(contradicts());
}

TEST_CASE("servers that were set right agree again", "[bounded_clock]") {
  Servers servers(2);
  servers.clock(1).ahead_ns = 10 * kSecond;
  BoundedClock clock(servers.options());
  complaint(clock);
  servers.clock(1).ahead_ns = 0;
  REQUIRE(clock.wait_until_known(kPatience));
  CHECK(tells_the_wall_clock(clock));
}

TEST_CASE("the state of a server that was not heard for long is HOLDOVER", "[bounded_clock]") {
  Servers servers(2);
  auto silent = std::make_unique<Servers>(1);
  BoundedClockOptions options = servers.options();
  options.servers.push_back(options_for({silent->endpoint(0)}));
  BoundedClock clock(options);
  const auto has_state = [&](ClockState::type state) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (std::chrono::steady_clock::now() < end) {
      const auto time = clock.try_now();
      if (time && time->state == state) return true;
      std::this_thread::yield();
    }
    return false;
  };
  CHECK(has_state(ClockState::SYNCHRONIZED));
  // Two of three are enough for that: the third is to have been heard, too.
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!clock.servers().at(2).agrees && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  silent.reset();
  CHECK(has_state(ClockState::HOLDOVER));
}

TEST_CASE("times beyond 64 bits are as good as for ever, or over", "[bounded_clock]") {
  Servers servers(1);
  BoundedClockOptions options = servers.options();
  options.interval = milliseconds::max();
  {
    BoundedClock clock(options);
    REQUIRE(clock.wait_until_known(milliseconds::max()));
    CHECK(clock.wait_until_past(0, milliseconds::max()));
    CHECK(!clock.wait_until_past(std::numeric_limits<std::int64_t>::max(), milliseconds::min()));
    CHECK(clock.try_now()->state == ClockState::SYNCHRONIZED);
  }
  // One round, of which none was made again at once.
  CHECK(servers.exchanges(0) <= options.samples);
}

TEST_CASE("one server of three is not enough, for it may be the wrong one", "[bounded_clock]") {
  Servers servers(1);
  DeadPort dead;
  BoundedClockOptions options = servers.options();
  options.servers.push_back(options_for({dead.endpoint()}));
  options.servers.push_back(options_for({dead.endpoint()}));
  BoundedClock clock(options);
  const std::string line = complaint(clock);
  CHECK(line.find("2 of 3 servers must give a bound, 1 do") != std::string::npos);
  CHECK(line.find("connection refused") != std::string::npos);
}

TEST_CASE("a clock that is asked before its first bound says how to wait for it", "[bounded_clock]") {
  std::promise<void> told;
  Peer silent([wait = told.get_future().share()](PeerConnection&, int) { wait.wait(); });
  BoundedClockOptions options;
  options.servers = {patient_options({silent.endpoint()})};
  options.timeout = kPatience;
  BoundedClock clock(options);
  CHECK(
      line_of<ClockUnreliableError>([&] { clock.now(); }) ==
      "bounded clock: 1 of 1 servers must give a bound, 0 do: wait for it with wait_until_known(), and if it "
      "stays so see to those that give none; " +
          wire::to_string(silent.endpoint()) + ": not asked yet");
  told.set_value();
}

TEST_CASE("a server without a bound gives no time", "[bounded_clock]") {
  for (const bool state : {true, false}) {
    Servers servers(1);
    if (state) servers.clock(0).state = ClockState::UNSYNCHRONIZED;
    if (!state) servers.clock(0).error_ns = -1;
    BoundedClock clock(servers.options());
    CHECK(complaint(clock).find("gives no bound: see to its clock") != std::string::npos);
  }
}

TEST_CASE("a bound that is too wide is none", "[bounded_clock]") {
  Servers servers(1);
  servers.clock(0).error_ns = 2 * kSecond;
  BoundedClock clock(servers.options());
  CHECK(complaint(clock).find("true time is not known to 1000000000 ns") != std::string::npos);
}

TEST_CASE("a commit waits until its timestamp is surely past", "[bounded_clock]") {
  Servers servers(1);
  BoundedClock clock(servers.options());
  REQUIRE(clock.wait_until_known(kPatience));
  const std::int64_t instant = clock.now().latest_ns;
  CHECK(clock.wait_until_past(instant, kPatience));
  CHECK(clock.now().earliest_ns > instant);
  CHECK(wall_clock_ns() > instant);
  CHECK(!clock.wait_until_past(wall_clock_ns() + 3600 * kSecond, milliseconds(30)));
}

TEST_CASE("a commit wait without a bound ends with the reason", "[bounded_clock]") {
  DeadPort dead;
  BoundedClockOptions options;
  options.servers = {options_for({dead.endpoint()})};
  BoundedClock clock(options);
  CHECK_THROWS_AS(clock.wait_until_past(0, milliseconds(30)), ClockUnreliableError);
  CHECK(!clock.wait_until_known(milliseconds(1)));
}

TEST_CASE("options that make no sense are refused", "[bounded_clock]") {
  const auto refused = [](auto change) {
    BoundedClockOptions options;
    change(options);
    return line_of<std::invalid_argument>([&] { BoundedClock clock(options); });
  };
  CHECK(refused([](auto& options) { options.servers.clear(); }) == "no server: name at least one");
  CHECK(refused([](auto& options) { options.wrong = 1; }) ==
        "1 of 1 servers wrong: at least one must be right");
  CHECK(refused([](auto& options) { options.drift.ppm = 0; }) == "a drift of 0 ppm: write 1 to 100000");
  CHECK(refused([](auto& options) { options.samples = 0; }) == "0 samples: write 1 to 1000");
  CHECK(refused([](auto& options) { options.interval = milliseconds(0); }) ==
        "an interval of 0 ms: write 1 or more");
}

TEST_CASE("what is published is read whole, by any number of threads", "[bounded_clock]") {
  PublishedBound published;
  CHECK(!published.get());
  std::atomic<bool> stop = false;
  std::atomic<int> torn = 0;
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&] {
      while (!stop) {
        const auto bound = published.get();
        if (bound && (bound->interval.earliest_ns != bound->boot_ns + 1 ||
                      bound->interval.latest_ns != bound->boot_ns + 2)) {
          ++torn;
        }
      }
    });
  }
  for (std::int64_t i = 0; i < 200'000; ++i) {
    if (i % 1000 == 999) published.clear();
    published.set({i, {i + 1, i + 2}, ClockState::HOLDOVER});
  }
  stop = true;
  for (std::thread& reader : readers) reader.join();
  CHECK(torn == 0);
  CHECK(published.get()->state == ClockState::HOLDOVER);
}

TEST_CASE("how long now() takes", "[.][measure]") {
  Servers servers(3);
  BoundedClock clock(servers.options());
  REQUIRE(clock.wait_until_known(kPatience));
  constexpr int kCalls = 5'000'000;
  std::int64_t sum = 0;
  const auto begun = std::chrono::steady_clock::now();
  for (int call = 0; call < kCalls; ++call) sum += clock.now().earliest_ns & 1;
  const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - begun;
  WARN("now(): " << took.count() / kCalls << " ns" << (sum < 0 ? " " : ""));
}

}  // namespace
}  // namespace timeservice::client
