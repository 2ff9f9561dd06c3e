#include "server/time/oracle/timestamp_oracle.h"

#include <chrono>
#include <limits>
#include <stdexcept>

#include "test/oracle/oracle_under_test.h"
#include "test/support/catch.h"

namespace timeservice::oracle {
namespace {

using namespace std::chrono_literals;
using test::kServing;
using test::kUnavailable;
using test::OracleUnderTest;

constexpr std::int32_t kMost = 1'000'000;

TEST_CASE("the first window is durable before the first timestamp", "[oracle]") {
  OracleUnderTest t;
  t.start();
  CHECK(t.disk.watermark == t.clock.wall_ns + 1'000'000'000);
  CHECK(t.oracle->take(1) == t.clock.wall_ns);
}

TEST_CASE("an oracle whose first window cannot be written does not start", "[oracle]") {
  OracleUnderTest t;
  t.disk.before_write = test::no_space;
  CHECK_THROWS_AS(t.start(), std::runtime_error);
}

TEST_CASE("after a kill the next one starts above the watermark, after a stop right behind the last",
          "[oracle]") {
  OracleUnderTest t;
  t.start();
  const std::int64_t last = t.oracle->take(100) + 99;
  t.start();
  const std::int64_t after_kill = t.oracle->take(1);
  CHECK(after_kill == last - 99 + 1'000'000'000 + 1);
  t.oracle->stop();
  CHECK(t.disk.watermark == after_kill);
  t.start();
  CHECK(t.oracle->take(1) == after_kill + 1);
}

TEST_CASE("a stop without a timestamp gives the window back", "[oracle]") {
  OracleUnderTest t;
  t.disk.watermark = 1234;
  t.start();
  t.oracle->stop();
  CHECK(t.disk.watermark == 1234);
}

TEST_CASE("after a stop no timestamp is handed out and nothing is written", "[oracle]") {
  OracleUnderTest t;
  t.start();
  const std::int64_t last = t.oracle->take(1);
  t.oracle->stop();
  const int writes = t.disk.writes;
  REQUIRE(t.refusal());
  CHECK(static_cast<int>(t.refusal()->fault) == static_cast<int>(OracleFault::NOT_READY));
  CHECK(t.role() == kUnavailable);
  CHECK(t.oracle->status().last_timestamp == last);
  t.oracle->stop();
  t.oracle.reset();
  CHECK(t.disk.writes == writes);
}

TEST_CASE("without a stop the end of an oracle writes nothing", "[oracle]") {
  OracleUnderTest t;
  t.start();
  t.oracle->take(1);
  t.oracle.reset();
  CHECK(t.disk.writes == 1);
}

TEST_CASE("a stop that cannot be written is told, and costs the rest of the window", "[oracle]") {
  OracleUnderTest t;
  t.start();
  const std::int64_t watermark = t.disk.watermark;
  t.oracle->take(1);
  t.disk.before_write = test::no_space;
  t.oracle->stop();
  CHECK(t.disk.watermark == watermark);
  CHECK(t.logged("the last timestamp was not written") == 1);
  CHECK(t.logged("no space left") == 1);
}

TEST_CASE("the status tells the last timestamp, the watermark and how far it is ahead", "[oracle]") {
  OracleUnderTest t;
  t.disk.watermark = 77;
  t.start();
  CHECK(t.oracle->status().last_timestamp == 77);
  CHECK(t.role() == kServing);
  const std::int64_t last = t.oracle->take(1000) + 999;
  OracleStatus status = t.oracle->status();
  CHECK(status.last_timestamp == last);
  CHECK(status.watermark == t.disk.watermark);
  CHECK(status.ahead_ns == 999);
  CHECK(status.leader.empty());
  t.clock.pass(1us);
  CHECK(t.oracle->status().ahead_ns == 0);
  t.clock.step(-1h);
  CHECK(t.oracle->status().ahead_ns == 3'600'000'000'000 - 1);
}

TEST_CASE("a count may be the most or one, up to the last that the demand allows", "[oracle]") {
  OracleUnderTest t;
  t.options.window = 1h;
  t.start();
  for (int call = 0; call < 1000; ++call) t.oracle->take(kMost);
  const auto refusal = t.refusal(1'000);
  REQUIRE(refusal);
  CHECK(static_cast<int>(refusal->fault) == static_cast<int>(OracleFault::EXHAUSTED));
  CHECK(refusal->retry_after_ms == 1);
  CHECK(t.role() == kServing);
}

TEST_CASE("a jump is told once, and once that it is followed again", "[oracle]") {
  OracleUnderTest t;
  t.start();
  t.oracle->take(1);
  t.clock.step(24h);
  for (int i = 0; i < 3; ++i) {
    t.clock.pass(1s);
    t.oracle->turn();
    t.oracle->take(1);
  }
  CHECK(t.logged("jumped forward by 86400") == 1);
  CHECK(t.oracle->status().last_timestamp < t.clock.wall_ns - 23 * 3600 * 1'000'000'000LL);
  CHECK(t.logged("follow the clock again") == 0);
  t.trusted = {t.clock.wall(), 5'000'000, ClockState::SYNCHRONIZED};
  for (int i = 0; i < 3; ++i) t.oracle->turn();
  CHECK(t.oracle->take(1) == t.clock.wall_ns);
  CHECK(t.logged("follow the clock again") == 1);
}

TEST_CASE("a restart follows the clock whatever it shows", "[oracle]") {
  OracleUnderTest t;
  t.start();
  t.clock.step(24h);
  CHECK(t.oracle->take(1) < t.clock.wall_ns);
  t.start();
  CHECK(t.oracle->take(1) == t.clock.wall_ns);
}

TEST_CASE("a start tells where it goes on, and what is odd about it", "[oracle]") {
  struct Case {
    std::int64_t watermark_behind_s;
    const char* line;
  };
  for (const Case& c : {Case{3600, "3600.000 s behind the clock"}, Case{-1, "1.000 s ahead of the clock"},
                        Case{-7200, "7200 s ahead of the clock: timestamps go on from there, by one"}}) {
    OracleUnderTest t;
    t.disk.watermark = t.clock.wall_ns - c.watermark_behind_s * 1'000'000'000;
    t.start();
    INFO(t.lines.front());
    CHECK(t.logged(c.line) == 1);
  }
  OracleUnderTest t;
  t.start();
  CHECK(t.logged("a new state") == 1);
}

TEST_CASE("the last timestamps below 2^63 are handed out, then it refuses", "[oracle]") {
  OracleUnderTest t;
  t.disk.watermark = std::numeric_limits<std::int64_t>::max() - 3;
  t.start();
  CHECK(t.oracle->take(3) == std::numeric_limits<std::int64_t>::max() - 2);
  const auto refusal = t.refusal();
  REQUIRE(refusal);
  CHECK(static_cast<int>(refusal->fault) == static_cast<int>(OracleFault::EXHAUSTED));
  CHECK(refusal->retry_after_ms == 0);
}

TEST_CASE("options out of range are refused by name", "[oracle]") {
  const auto refused = [](auto change) {
    OracleOptions options;
    change(options);
    try {
      check(options);
    } catch (const std::invalid_argument& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK(refused([](OracleOptions&) {}).empty());
  CHECK(refused([](OracleOptions& o) { o.window = 9ms; }).find("window") != std::string::npos);
  CHECK(refused([](OracleOptions& o) { o.window = 61min; }).find("window") != std::string::npos);
  CHECK(refused([](OracleOptions& o) { o.timeout = -1ms; }).find("timeout") != std::string::npos);
  CHECK(refused([](OracleOptions& o) { o.timeout = 61s; }).find("timeout") != std::string::npos);
  CHECK(refused([](OracleOptions& o) { o.max_jump = 999ms; }).find("jump") != std::string::npos);
}

}  // namespace
}  // namespace timeservice::oracle
