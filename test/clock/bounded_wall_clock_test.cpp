#include "server/time/clock/bounded_wall_clock.h"

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "test/clock/manual_machine.h"
#include "test/support/catch.h"

namespace timeservice::clock {
namespace {

using namespace test;

/// A source that says what it is told to.
struct Said {
  BoundSample sample{.state = ClockState::SYNCHRONIZED, .error_ns = 5 * kMs};
  std::int64_t outlived_ns = 0;
  /// What happens while it is asked.
  std::function<void()> meanwhile = [] {};
};

class ManualSource : public BoundSource {
 public:
  explicit ManualSource(Said& said) : said_(said) {}
  const char* name() const override { return "manual"; }
  BoundSample sample(BootTime) const override {
    said_.meanwhile();
    return said_.sample;
  }
  bool outlives_step(std::int64_t step_ns) const override {
    return step_ns >= -said_.outlived_ns && step_ns <= said_.outlived_ns;
  }

 private:
  Said& said_;
};

struct Bench {
  Said said;
  ManualClock clock;
  BoundOptions options{.leap_seconds_list = "/nonexistent"};
  BoundedWallClock bounded{clock, std::make_unique<ManualSource>(said), options};

  void confirm() { said.sample.confirmed = {clock.boot_ns + 1}; }
};

TEST_CASE("a bound is the source's, with its state", "[clock]") {
  Bench bench;
  for (const auto state : {ClockState::SYNCHRONIZED, ClockState::HOLDOVER}) {
    bench.said.sample.state = state;
    const BoundedTime time = bench.bounded.read();
    CHECK(time.now.ns == kNoon);
    CHECK(time.error_ns == 5 * kMs);
    CHECK(time.state == state);
    CHECK(std::string(time.reason).empty());
  }
}

TEST_CASE("without a bound there is none, with the source's reason", "[clock]") {
  Bench bench;
  bench.said.sample.reason = "why not";
  for (const auto state : {ClockState::UNKNOWN, ClockState::UNSYNCHRONIZED}) {
    bench.said.sample.state = state;
    const BoundedTime time = bench.bounded.read();
    CHECK(time.error_ns == -1);
    CHECK(time.state == state);
    CHECK(time.reason == std::string("why not"));
    CHECK(time.now.ns == kNoon);
  }
  BoundedWallClock none(bench.clock, nullptr, {});
  none.refresh();
  CHECK(none.read().state == ClockState::UNKNOWN);
  CHECK(none.read().error_ns == -1);
  CHECK(none.status().bound_source.empty());
}

TEST_CASE("a bound that has grown to --max-error is none", "[clock]") {
  Bench bench;
  bench.said.sample.error_ns = kSecond - 1;
  CHECK(bench.bounded.read().error_ns == kSecond - 1);
  for (const std::int64_t error : {kSecond, INT64_MAX}) {
    bench.said.sample.error_ns = error;
    CHECK(bench.bounded.read().error_ns == -1);
    CHECK(bench.bounded.read().state == ClockState::UNSYNCHRONIZED);
  }
}

TEST_CASE("a step withdraws the bound until the source has confirmed the clock", "[clock]") {
  for (const std::int64_t step : {kMs, -kMs, 3600 * kSecond, -3600 * kSecond}) {
    Bench bench;
    bench.bounded.read();
    bench.clock.step(step);
    const BoundedTime time = bench.bounded.read();
    CHECK(time.state == ClockState::UNSYNCHRONIZED);
    CHECK(time.error_ns == -1);
    CHECK(time.now.ns == kNoon + step);
    CHECK(bench.bounded.status().steps == 1);
    bench.said.sample.confirmed = bench.clock.boot();
    CHECK(bench.bounded.read().state == ClockState::UNSYNCHRONIZED);
    bench.confirm();
    CHECK(bench.bounded.read().state == ClockState::SYNCHRONIZED);
    bench.clock.pass(kSecond);
    bench.clock.step(-step);
    CHECK(bench.bounded.read().state == ClockState::UNSYNCHRONIZED);
    CHECK(bench.bounded.status().steps == 2);
  }
}

TEST_CASE("a step that the source's bound outlives is counted, and no more", "[clock]") {
  Bench bench;
  bench.said.outlived_ns = 10 * kMs;
  for (const std::int64_t step : {10 * kMs, -10 * kMs}) {
    bench.clock.step(step);
    CHECK(bench.bounded.read().error_ns == 5 * kMs);
  }
  CHECK(bench.bounded.status().steps == 2);
  bench.clock.step(10 * kMs + 1);
  CHECK(bench.bounded.read().state == ClockState::UNSYNCHRONIZED);
  CHECK(bench.bounded.status().steps == 3);
}

TEST_CASE("a step too small to be one is added to the error, together with those before", "[clock]") {
  Bench bench;
  bench.clock.step(400 * kUs);
  CHECK(bench.bounded.read().error_ns == 5'400 * kUs);
  bench.clock.step(400 * kUs);
  CHECK(bench.bounded.read().error_ns == 5'800 * kUs);
  bench.clock.step(-1500 * kUs);
  CHECK(bench.bounded.read().error_ns == 5'700 * kUs);
  CHECK(bench.bounded.status().steps == 0);
  bench.clock.step(-300 * kUs);
  CHECK(bench.bounded.read().error_ns == -1);
  CHECK(bench.bounded.status().steps == 1);
}

TEST_CASE("a sleep of the machine withdraws the bound, and is no step", "[clock]") {
  Bench bench;
  bench.bounded.read();
  bench.said.outlived_ns = kSecond;
  bench.clock.sleep(60 * kSecond);
  CHECK(bench.bounded.read().state == ClockState::UNSYNCHRONIZED);
  CHECK(bench.bounded.status().steps == 0);
  bench.confirm();
  CHECK(bench.bounded.read().state == ClockState::SYNCHRONIZED);
}

TEST_CASE("a step while the clock is read is not told to two clocks", "[clock]") {
  Bench bench;
  bench.said.outlived_ns = INT64_MAX;
  int steps = 1;
  // The daemon sets the clock, and then writes a better bound.
  bench.said.meanwhile = [&] {
    if (steps-- > 0) bench.clock.step(20 * kMs), bench.said.sample.error_ns = kMs;
  };
  BoundedTime time = bench.bounded.read();
  CHECK(time.now.ns == kNoon + 20 * kMs);
  CHECK(time.error_ns == kMs);
  steps = 100;
  time = bench.bounded.read();
  CHECK(time.error_ns == -1);
  CHECK(time.state == ClockState::UNSYNCHRONIZED);
}

TEST_CASE("the time that reading takes is added to the error, and a slow reading done again", "[clock]") {
  Bench bench;
  int slow = 1;
  bench.said.meanwhile = [&] { bench.clock.pass(slow-- > 0 ? 7 * kMs : 50 * kUs); };
  CHECK(bench.bounded.read().error_ns == 5'050 * kUs);
  slow = 100;
  CHECK(bench.bounded.read().error_ns == 12 * kMs);
}

TEST_CASE("around an announced leap second a second is added, and the leap is no step", "[clock]") {
  constexpr std::int64_t kMidnight = kNoon + 43'200 * kSecond;
  for (const int leap : {1, -1}) {
    CAPTURE(leap);
    Bench bench;
    bench.said.sample.pending_leap_s = leap;
    bench.clock.pass(kMidnight - kNoon - 2 * kSecond);
    CHECK(bench.bounded.read().error_ns == 5 * kMs);
    CHECK(bench.bounded.status().pending_leap_s == leap);
    bench.clock.pass(kSecond);
    CHECK(bench.bounded.read().error_ns == 1'005 * kMs);
    CHECK(bench.bounded.read().state == ClockState::SYNCHRONIZED);
    // An inserted second is told twice; a deleted one, the last, not at all.
    if (leap == 1) bench.clock.pass(kSecond);
    bench.clock.step(-leap * kSecond);
    CHECK(bench.bounded.read().error_ns == 1'005 * kMs);
    CHECK(bench.bounded.read().state == ClockState::SYNCHRONIZED);
    if (leap == 1) bench.clock.pass(kSecond);
    bench.said.sample.pending_leap_s = 0;
    CHECK(bench.clock.wall_ns == kMidnight);
    CHECK(bench.bounded.read().error_ns == 1'005 * kMs);
    bench.clock.pass(3 * kSecond);
    CHECK(bench.bounded.read().error_ns == 5 * kMs);
    CHECK(bench.bounded.status().pending_leap_s == 0);
    CHECK(bench.bounded.status().steps == 0);
  }
}

TEST_CASE("a second's step at midnight is a step where no leap second was announced, or the other one",
          "[clock]") {
  for (const auto& [announced, step] :
       std::vector<std::pair<int, int>>{{0, -1}, {0, 1}, {1, 1}, {-1, -1}, {1, -2}}) {
    Bench bench;
    bench.said.sample.pending_leap_s = announced;
    bench.clock.pass(43'200 * kSecond - 1);
    bench.bounded.read();
    bench.clock.step(step * kSecond);
    CHECK(bench.bounded.read().error_ns == -1);
    CHECK(bench.bounded.status().steps == 1);
  }
  Bench bench;
  bench.said.sample.pending_leap_s = 1;
  bench.bounded.read();
  bench.clock.step(-kSecond);  // at noon
  CHECK(bench.bounded.read().error_ns == -1);
}

TEST_CASE("status says what a reading says, and where the bound comes from", "[clock]") {
  Bench bench;
  bench.said.sample.tai_offset_s = 37;
  const ClockStatus status = bench.bounded.status();
  CHECK(status.now_ns == kNoon);
  CHECK(status.state == ClockState::SYNCHRONIZED);
  CHECK(status.error_ns == 5 * kMs);
  CHECK(status.bound_source == "manual");
  CHECK(status.steps == 0);
  CHECK(status.tai_offset_s == 37);
  CHECK(status.pending_leap_s == 0);
  bench.said.sample = {};
  CHECK(bench.bounded.status().error_ns == -1);
  CHECK(bench.bounded.status().state == ClockState::UNKNOWN);
}

TEST_CASE("at the ends of time errors stay at the ends", "[clock]") {
  for (const std::int64_t wall : {INT64_MIN, INT64_MIN + 1, INT64_MAX - 1, INT64_MAX}) {
    Bench bench;
    bench.bounded.read();
    bench.clock.wall_ns = wall;
    bench.said.sample.pending_leap_s = 1;
    CHECK(bench.bounded.read().state == ClockState::UNSYNCHRONIZED);
    bench.confirm();
    const BoundedTime time = bench.bounded.read();
    CHECK(time.now.ns == wall);
    CHECK(time.error_ns >= 5 * kMs);
    bench.said.sample.error_ns = INT64_MAX;
    CHECK(bench.bounded.read().error_ns == -1);
    bench.bounded.status();
  }
}

}  // namespace
}  // namespace timeservice::clock
