#include "server/time/oracle/jump_guard.h"

#include <chrono>
#include <limits>

#include "test/oracle/hand_clock.h"
#include "test/support/catch.h"

namespace timeservice::oracle {
namespace {

using namespace std::chrono_literals;
using clock::BoundedTime;
using clock::WallTime;
using test::HandClock;

constexpr std::int64_t kNothingHandedOut = 0;

/// A guard and the clock it looks at.
struct Guarded {
  HandClock clock;
  JumpGuard guard{60s, look_at(clock)};
  std::int64_t look(std::int64_t handed_out = kNothingHandedOut) {
    return guard.look(look_at(clock), handed_out).ns;
  }
};

TEST_CASE("a clock that goes as BOOTTIME does is followed, however long nobody looked", "[oracle]") {
  Guarded g;
  for (const auto pause : {0ns, 1ns, 1'000'000'000ns, std::chrono::nanoseconds(240h)}) {
    g.clock.pass(pause);
    CHECK(g.look() == g.clock.wall_ns);
    CHECK_FALSE(g.guard.holding());
  }
}

TEST_CASE("a jump of max_jump is followed, one nanosecond more is not", "[oracle]") {
  Guarded g;
  g.clock.pass(5s);
  g.clock.step(60s);
  CHECK(g.look() == g.clock.wall_ns);
  const std::int64_t before = g.clock.wall_ns;
  g.clock.pass(5s);
  g.clock.step(60s + 1ns);
  CHECK(g.look() == before + 5'000'000'000);
  CHECK(g.guard.holding());
  CHECK(g.guard.jump() == 60s + 1ns);
}

TEST_CASE("while it holds, its clock goes on at the rate of BOOTTIME", "[oracle]") {
  Guarded g;
  const std::int64_t before = g.clock.wall_ns;
  g.clock.step(1h);
  for (int second = 0; second < 10; ++second) {
    CHECK(g.look() == before + second * 1'000'000'000LL);
    g.clock.pass(1s);
    g.clock.step(7s);
  }
}

TEST_CASE("a clock that comes back is followed again", "[oracle]") {
  Guarded g;
  g.clock.step(1h);
  g.look();
  REQUIRE(g.guard.holding());
  g.clock.pass(3s);
  g.clock.step(-1h);
  CHECK(g.look() == g.clock.wall_ns);
  CHECK_FALSE(g.guard.holding());
  CHECK(g.guard.jump() == 0s);
}

TEST_CASE("a step back is followed at once", "[oracle]") {
  Guarded g;
  g.clock.step(-1000h);
  CHECK_FALSE(g.guard.follows(g.clock.wall()));
  CHECK(g.look() == g.clock.wall_ns);
  CHECK_FALSE(g.guard.holding());
}

TEST_CASE("a clock that was put back and returns to where the timestamps are is not held", "[oracle]") {
  Guarded g;
  const std::int64_t handed_out = g.clock.wall_ns;
  g.clock.step(-1h);
  g.look(handed_out);
  g.clock.pass(1s);
  g.clock.step(1h);
  CHECK(g.look(handed_out) == g.clock.wall_ns);
  CHECK_FALSE(g.guard.holding());
  g.clock.step(1h);
  g.look(handed_out);
  CHECK(g.guard.holding());
}

TEST_CASE("only a clock that is synchronized within max_jump ends a hold", "[oracle]") {
  struct Case {
    const char* name;
    ClockState::type state;
    std::int64_t error_ns;
    bool ends;
  };
  constexpr std::int64_t kLimit = 60'000'000'000;
  for (const Case& c : {Case{"synchronized", ClockState::SYNCHRONIZED, 1'000'000, true},
                        Case{"at the limit", ClockState::SYNCHRONIZED, kLimit, true},
                        Case{"above the limit", ClockState::SYNCHRONIZED, kLimit + 1, false},
                        Case{"no bound", ClockState::SYNCHRONIZED, -1, false},
                        Case{"holdover", ClockState::HOLDOVER, 1'000'000, false},
                        Case{"unsynchronized", ClockState::UNSYNCHRONIZED, 1'000'000, false},
                        Case{"unknown", ClockState::UNKNOWN, 0, false}}) {
    INFO(c.name);
    Guarded g;
    g.clock.step(1h);
    g.look();
    REQUIRE(g.guard.holding());
    g.guard.trust(BoundedTime{g.clock.wall(), c.error_ns, c.state}, look_at(g.clock));
    CHECK(g.guard.holding() != c.ends);
    if (c.ends) CHECK(g.look() == g.clock.wall_ns);
  }
}

TEST_CASE("a clock that jumped once more after it was vouched for stays held", "[oracle]") {
  Guarded g;
  g.clock.step(1h);
  g.look();
  const BoundedTime vouched{g.clock.wall(), 1000, ClockState::SYNCHRONIZED};
  g.clock.step(1h);
  g.guard.trust(vouched, look_at(g.clock));
  CHECK(g.guard.holding());
}

TEST_CASE("trust without a hold changes nothing", "[oracle]") {
  Guarded g;
  g.clock.step(1h);
  g.guard.trust(BoundedTime{g.clock.wall(), 1000, ClockState::SYNCHRONIZED}, look_at(g.clock));
  g.look();
  CHECK(g.guard.holding());
}

TEST_CASE("a reading needs no look where it cannot be a large jump", "[oracle]") {
  Guarded g;
  const std::int64_t start = g.clock.wall_ns;
  CHECK(g.guard.follows(WallTime{start}));
  CHECK(g.guard.follows(WallTime{start + 10'000'000}));
  CHECK_FALSE(g.guard.follows(WallTime{start + 10'000'001}));
  CHECK_FALSE(g.guard.follows(WallTime{start - 1}));
  g.clock.step(1h);
  g.look();
  CHECK_FALSE(g.guard.follows(WallTime{start}));
}

TEST_CASE("the ends of 64 bits are no jump back", "[oracle]") {
  Guarded g;
  g.clock.wall_ns = std::numeric_limits<std::int64_t>::max();
  CHECK(g.look() < g.clock.wall_ns);
  CHECK(g.guard.holding());
  g.clock.wall_ns = std::numeric_limits<std::int64_t>::min();
  CHECK(g.look() == g.clock.wall_ns);
  g.clock.wall_ns = std::numeric_limits<std::int64_t>::max();
  g.look();
  CHECK(g.guard.holding());
}

/// The thread is stopped for an hour after BOOTTIME was read, once.
class StoppedThread : public HandClock {
 public:
  clock::WallTime wall() const override {
    if (stops_ > 0) {
      --stops_;
      const_cast<StoppedThread*>(this)->pass(1h);
    }
    return HandClock::wall();
  }
  mutable int stops_ = 1;
};

TEST_CASE("a thread that is stopped between two clocks sees no jump", "[oracle]") {
  StoppedThread clock;
  JumpGuard guard(60s, look_at(clock));
  clock.stops_ = 1;
  CHECK(guard.look(look_at(clock), kNothingHandedOut).ns == clock.wall_ns);
  CHECK_FALSE(guard.holding());
}

}  // namespace
}  // namespace timeservice::oracle
