// A world with a true time, clocks that drift, servers of which some are wrong, and ways
// that are slower in one direction: the interval contains true time whenever there is one.

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

#include "client/server_ensemble.h"
#include "test/support/catch.h"

namespace timeservice::client {
namespace {

__extension__ using Wide = __int128;

constexpr std::int64_t kMicro = 1'000;
constexpr std::int64_t kMilli = 1'000'000;
constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kBillion = 1'000'000'000;
constexpr DriftBound kDrift{500};

/// True time and the client's clock. Either goes on only here.
class World {
 public:
  explicit World(std::uint64_t seed) : random_(seed) {}

  /// By the client's clock, which is off by a rate of its own choice each time, often by
  /// as much as it may be: by the drift in each second of its own, or in each true one, which
  /// for a slow clock is more.
  void pass(std::int64_t boot_ns) {
    if (below(20) == 0) rate_ = pick({-500'000, 500'000, kSlowest, between(-500'000, kSlowest)});
    boot_ns_ += boot_ns;
    true_ += Wide{boot_ns} * (kBillion + rate_);
  }
  std::int64_t boot_ns() const { return boot_ns_; }
  /// Rounded down.
  std::int64_t true_ns() const { return static_cast<std::int64_t>(true_ / kBillion); }
  bool is_in(const Interval& interval) const {
    return Wide{interval.earliest_ns} * kBillion <= true_ && true_ <= Wide{interval.latest_ns} * kBillion;
  }

  std::int64_t below(std::int64_t limit) {
    return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(limit));
  }
  std::int64_t between(std::int64_t least, std::int64_t most) { return least + below(most - least + 1); }
  std::int64_t pick(const std::vector<std::int64_t>& values) {
    return values[static_cast<std::size_t>(below(static_cast<std::int64_t>(values.size())))];
  }

 private:
  /// What a clock of 999'500 ns in a true millisecond loses of its own time: 500 / 999'500.
  static constexpr std::int64_t kSlowest = 500'250;

  std::mt19937_64 random_;
  std::int64_t boot_ns_ = 5 * kSecond;
  /// In billionths of a nanosecond.
  Wide true_ = Wide{1'795'555'856} * kSecond * kBillion;
  /// In parts per billion.
  std::int64_t rate_ = 0;
};

/// A server's clock. An honest one is within its bound, which is a sawtooth, often at its
/// very end; it may be set, and then gives no bound for a while. Another is `lie_ns` off.
class Server {
 public:
  explicit Server(World& world, std::int64_t lie_ns) : world_(world), lie_ns_(lie_ns) {}

  ExchangeReading exchange() {
    ExchangeReading reading;
    reading.sent_ns = world_.boot_ns();
    live();
    // To and fro differ, up to all of it on one side.
    const std::int64_t there = world_.pick({0, 20 * kMicro, 5 * kMilli, world_.between(0, kMilli)});
    const std::int64_t back = world_.pick({0, 20 * kMicro, 5 * kMilli, world_.between(0, kMilli)});
    const std::int64_t work = world_.pick({0, 10 * kMicro, world_.between(0, 20 * kMilli)});
    world_.pass(there);
    reading.server_receive_ns = world_.true_ns() + off_ns(bound());
    world_.pass(work);
    // What it promises it promises of T3: before, it may have been set.
    const std::int64_t error = bound();
    reading.server_send_ns = world_.true_ns() + off_ns(error);
    reading.error_ns = is_set() ? -1 : error;
    reading.state = ClockState::SYNCHRONIZED;
    world_.pass(back);
    reading.received_ns = world_.boot_ns();
    return reading;
  }

 private:
  void live() {
    if (world_.below(30) == 0) confirmed_ns_ = world_.true_ns();
    if (world_.below(200) == 0) {  // set by hand, and confirmed some time later
      step_ns_ = world_.between(-10 * kSecond, 10 * kSecond);
      set_until_ns_ = world_.true_ns() + world_.between(kSecond, 60 * kSecond);
      confirmed_ns_ = set_until_ns_;
    }
  }
  bool is_set() const { return set_until_ns_ > world_.true_ns(); }
  std::int64_t bound() const {
    return 100 * kMicro + std::max<std::int64_t>(world_.true_ns() - confirmed_ns_, 0) / 10'000;
  }
  std::int64_t off_ns(std::int64_t error) {
    if (lie_ns_ != 0) return lie_ns_;
    if (is_set()) return step_ns_;
    return world_.pick({-(error - 1), error - 1, world_.between(-(error - 1), error - 1)});
  }

  World& world_;
  std::int64_t lie_ns_;
  std::int64_t confirmed_ns_ = world_.true_ns();
  std::int64_t set_until_ns_ = 0;
  std::int64_t step_ns_ = 0;
};

struct Outcome {
  int looks = 0;
  int known = 0;
  int outside = 0;
  int liar_named = 0;
  /// Of those that were known, in nanoseconds.
  double mean_error = 0;
};

ServerEnsemble ensemble_of(std::size_t servers) {
  return ServerEnsemble(
      servers,
      {.wrong = (servers - 1) / 2, .drift = kDrift, .probation_ns = kSecond, .stale_ns = 6 * kSecond});
}

/// Server 0 is off by `lie_ns`, if that is not 0.
Outcome simulate(std::uint64_t seed, std::size_t servers, std::int64_t lie_ns, int exchanges) {
  World world(seed);
  ServerEnsemble ensemble = ensemble_of(servers);
  std::vector<Server> clocks;
  for (std::size_t i = 0; i < servers; ++i) clocks.emplace_back(world, i == 0 ? lie_ns : 0);
  Outcome outcome;
  double errors = 0;
  for (int i = 0; i < exchanges; ++i) {
    const auto index = static_cast<std::size_t>(world.below(static_cast<std::int64_t>(servers)));
    ensemble.add(index, clocks[index].exchange());
    const auto agreed = ensemble.agree(world.boot_ns());
    const std::int64_t published_ns = world.boot_ns();
    for (int look = 0; look < 3; ++look) {
      ++outcome.looks;
      if (agreed) {
        const Interval interval = after(agreed->interval, world.boot_ns() - published_ns, kDrift);
        ++outcome.known;
        outcome.outside += world.is_in(interval) ? 0 : 1;
        outcome.liar_named += agreed->outvoted == std::vector<std::size_t>{0} ? 1 : 0;
        errors += static_cast<double>(interval.latest_ns - interval.earliest_ns) / 2;
      }
      world.pass(world.pick({0, 50 * kMilli, world.between(0, 2 * kSecond)}));
    }
  }
  outcome.mean_error = errors / std::max(outcome.known, 1);
  return outcome;
}

TEST_CASE("the interval contains true time on every call", "[bounded_simulation]") {
  const std::uint64_t first_seed = std::random_device{}();
  for (std::uint64_t seed = first_seed; seed < first_seed + 20; ++seed) {
    for (const std::size_t servers : {std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{5}}) {
      const Outcome outcome = simulate(seed, servers, 0, 2'000);
      CAPTURE(seed, servers, outcome.known, outcome.mean_error);
      CHECK(outcome.outside == 0);
      CHECK(outcome.known > outcome.looks * 9 / 10);
      CHECK(outcome.mean_error < 40e6);
    }
  }
}

TEST_CASE("one wrong server of three never moves the interval off true time", "[bounded_simulation]") {
  const std::uint64_t first_seed = std::random_device{}();
  for (std::uint64_t seed = first_seed; seed < first_seed + 10; ++seed) {
    for (const std::int64_t lie : {200 * kMicro, kMilli, 5 * kMilli, 20 * kMilli, kSecond, 3600 * kSecond}) {
      for (const std::int64_t signed_lie : {lie, -lie}) {
        const Outcome outcome = simulate(seed, 3, signed_lie, 1'000);
        CAPTURE(seed, signed_lie, outcome.known, outcome.mean_error);
        CHECK(outcome.outside == 0);
        CHECK(outcome.known > outcome.looks * 8 / 10);
        // A small lie may hide within the bounds of the others.
        if (lie >= kSecond) CHECK(outcome.liar_named > outcome.known * 9 / 10);
      }
    }
  }
}

TEST_CASE("with two servers, one of them wrong, nothing is known", "[bounded_simulation]") {
  const std::uint64_t seed = std::random_device{}();
  CAPTURE(seed);
  const Outcome outcome = simulate(seed, 2, 10 * kSecond, 1'000);
  CHECK(outcome.known == 0);
}

/// A server that is `off_ns` from the client's clock, which is right, with a bound of 10 ms.
ExchangeReading steady_reading(std::int64_t boot_ns, std::int64_t off_ns) {
  return {.sent_ns = boot_ns,
          .received_ns = boot_ns,
          .server_receive_ns = boot_ns + off_ns,
          .server_send_ns = boot_ns + off_ns,
          .error_ns = 10 * kMilli,
          .state = ClockState::SYNCHRONIZED};
}

TEST_CASE("a contradiction is not forgotten when the honest one falls silent", "[bounded_simulation]") {
  // Of the wrong ones there is one too many.
  const std::vector<std::vector<std::int64_t>> lies = {{0, 35 * kMilli}, {0, 35 * kMilli, -35 * kMilli}};
  for (const auto& off_ns : lies) {
    CAPTURE(off_ns.size());
    ServerEnsemble ensemble = ensemble_of(off_ns.size());
    for (std::size_t i = 0; i < off_ns.size(); ++i) ensemble.add(i, steady_reading(kSecond, off_ns[i]));
    CHECK(!ensemble.agree(kSecond));
    CHECK(ensemble.contradicting().size() == off_ns.size());
    // By the drift its interval would grow by 0.5 ms a second.
    for (std::int64_t at_ns = 2 * kSecond; at_ns < 200 * kSecond; at_ns += kSecond) {
      for (std::size_t i = 1; i < off_ns.size(); ++i) ensemble.add(i, steady_reading(at_ns, off_ns[i]));
      REQUIRE(!ensemble.agree(at_ns));
    }
    // Heard again, it still contradicts.
    ensemble.add(0, steady_reading(200 * kSecond, 0));
    CHECK(!ensemble.agree(200 * kSecond));
    CHECK(ensemble.contradicting().size() == off_ns.size());
  }
}

TEST_CASE("after a contradiction nothing is known until each has been heard again", "[bounded_simulation]") {
  ServerEnsemble ensemble = ensemble_of(2);
  ensemble.add(0, steady_reading(kSecond, 0));
  ensemble.add(1, steady_reading(kSecond, 35 * kMilli));
  REQUIRE(!ensemble.agree(kSecond));
  // The other is set right: nothing of what it said before is left to contradict that.
  ensemble.add(1, steady_reading(2 * kSecond, 0));
  CHECK(!ensemble.agree(2 * kSecond));
  ensemble.add(0, steady_reading(3 * kSecond, 0));
  const auto agreed = ensemble.agree(3 * kSecond);
  REQUIRE(agreed);
  CHECK(agreed->interval == Interval{3 * kSecond - 10 * kMilli, 3 * kSecond + 10 * kMilli});
  CHECK(ensemble.contradicting().empty());
}

TEST_CASE("a server that has not been heard for long is in HOLDOVER", "[bounded_simulation]") {
  ServerEnsemble ensemble = ensemble_of(2);
  ensemble.add(0, steady_reading(kSecond, 0));
  ensemble.add(1, steady_reading(2 * kSecond, 0));
  CHECK(ensemble.agree(7 * kSecond)->state == ClockState::SYNCHRONIZED);
  CHECK(ensemble.agree(7 * kSecond + 1)->state == ClockState::HOLDOVER);
  ensemble.add(0, steady_reading(8 * kSecond, 0));
  CHECK(ensemble.agree(8 * kSecond)->state == ClockState::SYNCHRONIZED);
}

}  // namespace
}  // namespace timeservice::client
