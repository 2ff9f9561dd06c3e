#include "server/time/oracle/timestamp_issuer.h"

#include <chrono>
#include <limits>

#include "test/oracle/hand_clock.h"
#include "test/support/catch.h"

namespace timeservice::oracle {
namespace {

using namespace std::chrono_literals;
using test::HandClock;
using Result = TimestampIssuer::Result;

constexpr std::int32_t kMost = 1'000'000;
constexpr std::int64_t kHighest = std::numeric_limits<std::int64_t>::max();

/// An issuer on a clock that is moved by hand, with a window to start with.
struct Issuing {
  explicit Issuing(std::int64_t watermark = 0) : issuer(clock, watermark, 1s, 60s) { extend(); }
  void extend() {
    if (const auto wanted = issuer.wanted()) issuer.extended(*wanted);
  }
  Result issue(std::int32_t count = 1) { return issuer.issue(count, clock.wall()); }
  /// The first timestamp. Extends where it must.
  std::int64_t first(std::int32_t count = 1) {
    Result result = issue(count);
    if (result.outcome == Result::kNeedsWatermark) {
      extend();
      result = issue(count);
    }
    REQUIRE(result.outcome == Result::kIssued);
    return result.first;
  }

  HandClock clock;
  TimestampIssuer issuer;
};

TEST_CASE("a timestamp is the clock's nanosecond", "[oracle]") {
  Issuing i;
  CHECK(i.first() == i.clock.wall_ns);
  i.clock.pass(1234ns);
  CHECK(i.first() == i.clock.wall_ns);
}

TEST_CASE("while the clock stands still or is put back they go on by one", "[oracle]") {
  Issuing i;
  const std::int64_t before = i.first(10);
  CHECK(i.first(5) == before + 10);
  i.clock.step(-1h);
  CHECK(i.first() == before + 15);
  i.clock.pass(30min);
  CHECK(i.first() == before + 16);
  i.clock.pass(31min);
  CHECK(i.first() == i.clock.wall_ns);
}

TEST_CASE("a count gives consecutive timestamps, none of them twice", "[oracle]") {
  Issuing i;
  const std::int64_t first = i.first(kMost);
  CHECK(i.issuer.last() == first + kMost - 1);
  i.clock.pass(1ns);
  CHECK(i.first(1) == first + kMost);
}

TEST_CASE("none is given until a watermark is durable, and none above it", "[oracle]") {
  HandClock clock;
  TimestampIssuer issuer(clock, 0, 1s, 60s);
  CHECK(issuer.issue(1, clock.wall()).outcome == Result::kNeedsWatermark);
  issuer.extended(clock.wall_ns + 9);
  CHECK(issuer.issue(11, clock.wall()).outcome == Result::kNeedsWatermark);
  CHECK(issuer.issue(10, clock.wall()).first == clock.wall_ns);
  CHECK(issuer.issue(1, clock.wall()).outcome == Result::kNeedsWatermark);
  CHECK(issuer.last() == issuer.watermark());
}

TEST_CASE("after a restart they start above the watermark, or at the clock where that is later", "[oracle]") {
  const std::int64_t now = HandClock().wall_ns;
  CHECK(Issuing(now + 5000).first() == now + 5001);
  CHECK(Issuing(now).first() == now + 1);
  CHECK(Issuing(now - 1).first() == now);
  CHECK(Issuing(now - 5000).first() == now);
  CHECK(Issuing(0).first() == now);
}

TEST_CASE("the window is wanted when the clock has used half of it", "[oracle]") {
  Issuing i;
  const std::int64_t start = i.clock.wall_ns;
  CHECK(i.issuer.watermark() == start + 1'000'000'000);
  CHECK_FALSE(i.issuer.wanted());
  CHECK(i.issuer.until_half() == 500ms);
  i.clock.pass(500ms);
  CHECK_FALSE(i.issuer.wanted());
  i.clock.pass(1ns);
  CHECK(i.issuer.wanted() == start + 1'500'000'001);
}

TEST_CASE("ahead of the clock a tenth of the window is kept in reserve, wanted when half of that is used",
          "[oracle]") {
  Issuing i;
  for (int call = 0; call < 950; ++call) i.first(kMost);
  CHECK_FALSE(i.issuer.short_of_reserve());
  CHECK_FALSE(i.issuer.wanted());
  i.first(2);
  CHECK(i.issuer.short_of_reserve());
  CHECK(i.issuer.wanted() == i.issuer.last() + 100'000'000);
}

TEST_CASE("crash after crash takes the timestamps ahead by a tenth of the window each", "[oracle]") {
  HandClock clock;
  std::int64_t watermark = 0;
  for (int crash = 0; crash < 100; ++crash) {
    TimestampIssuer issuer(clock, watermark, 1s, 60s);
    watermark = *issuer.wanted();
    issuer.extended(watermark);
    CHECK(issuer.issue(1, clock.wall()).outcome == Result::kIssued);
  }
  CHECK(watermark <= clock.wall_ns + 11'000'000'000);
}

TEST_CASE("the largest count fits whatever is left, with the narrowest window", "[oracle]") {
  HandClock clock;
  TimestampIssuer issuer(clock, 0, 10ms, 60s);
  for (int call = 0; call < 2000; ++call) {
    if (const auto wanted = issuer.wanted()) issuer.extended(*wanted);
    REQUIRE(issuer.issue(call % 2 == 0 ? kMost : 1 + call * 7919 % kMost, clock.wall()).outcome ==
            Result::kIssued);
    clock.boot_ns += 1'000'000;
  }
}

TEST_CASE("a watermark is never lowered", "[oracle]") {
  Issuing i;
  const std::int64_t watermark = i.issuer.watermark();
  i.issuer.extended(5);
  CHECK(i.issuer.watermark() == watermark);
  i.clock.step(-1h);
  CHECK_FALSE(i.issuer.wanted());
}

TEST_CASE("a jump that is not followed moves neither timestamps nor watermark", "[oracle]") {
  Issuing i;
  const std::int64_t before = i.first();
  i.clock.pass(1s);
  i.clock.step(24h);
  CHECK(i.first() == before + 1'000'000'000);
  i.extend();
  CHECK(i.issuer.watermark() <= before + 2'000'000'000);
  CHECK(i.issuer.guard().holding());
  i.issuer.trust({i.clock.wall(), 1000, ClockState::SYNCHRONIZED});
  CHECK(i.first() == i.clock.wall_ns);
}

TEST_CASE("a jump that nobody asked about does not move the watermark either", "[oracle]") {
  Issuing i;
  i.clock.pass(700ms);
  i.clock.step(24h);
  i.extend();
  CHECK(i.issuer.watermark() < i.clock.wall_ns - 23 * 3600 * 1'000'000'000LL);
}

TEST_CASE("an old reading of the clock is taken anew, not for a step back", "[oracle]") {
  Issuing i;
  const clock::WallTime old = i.clock.wall();
  i.clock.pass(100ms);
  i.first();
  i.clock.pass(1ms);
  const Result result = i.issuer.issue(1, clock::WallTime{old.ns});
  CHECK(result.first == i.clock.wall_ns);
}

TEST_CASE("demand beyond a nanosecond each is refused, and the clock's steps have no part in it",
          "[oracle]") {
  Issuing i;
  i.clock.step(-1h);
  i.first(1);
  int calls = 0;
  Result result;
  while (calls < 3000) {
    result = i.issue(kMost);
    if (result.outcome == Result::kNeedsWatermark) {
      i.extend();
      continue;
    }
    if (result.outcome != Result::kIssued) break;
    ++calls;
  }
  CHECK(result.outcome == Result::kExhausted);
  CHECK(result.wait == 1ns);
  CHECK(calls == 999);
  i.clock.step(1h);
  CHECK(i.issue(kMost).outcome == Result::kExhausted);
  i.clock.pass(result.wait);
  CHECK(i.issue(kMost).outcome != Result::kExhausted);
}

TEST_CASE("small counts are refused beyond it as well", "[oracle]") {
  Issuing i;
  for (int call = 0; call < 1000; ++call) i.first(kMost);
  CHECK(i.issue(1).outcome == Result::kExhausted);
  CHECK(i.issue(999).wait == 999ns);
}

TEST_CASE("a call for which the window has no room takes nothing of the demand", "[oracle]") {
  HandClock clock;
  TimestampIssuer issuer(clock, 0, 1s, 60s);
  for (int call = 0; call < 3000; ++call) issuer.issue(kMost, clock.wall());
  CHECK(issuer.issue(kMost, clock.wall()).outcome == Result::kNeedsWatermark);
}

TEST_CASE("BOOTTIME is read a hundred times a second, not for each call", "[oracle]") {
  Issuing i;
  const int before = i.clock.boot_reads;
  for (int call = 0; call < 10'000; ++call) {
    i.clock.pass(1us);
    i.issue(1);
  }
  CHECK(i.clock.boot_reads - before <= 4);
}

TEST_CASE("at the end of what 64 bits hold it refuses, and never wraps", "[oracle]") {
  Issuing i(kHighest - 10);
  CHECK_FALSE(i.issuer.wanted());
  CHECK(i.issuer.watermark() == kHighest);
  CHECK(i.issue(11).outcome == Result::kUsedUp);
  CHECK(i.first(7) == kHighest - 9);
  CHECK(i.issue(4).outcome == Result::kUsedUp);
  CHECK(i.first(3) == kHighest - 2);
  CHECK(i.issue(1).outcome == Result::kUsedUp);
  CHECK_FALSE(i.issuer.wanted());
  CHECK(Issuing(kHighest).issue(1).outcome == Result::kUsedUp);
}

}  // namespace
}  // namespace timeservice::oracle
