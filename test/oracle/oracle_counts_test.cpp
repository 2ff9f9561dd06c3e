// What the oracle counts, for those who watch it.
#include <chrono>
#include <stdexcept>

#include "server/time/oracle/timestamp_oracle.h"
#include "test/oracle/oracle_under_test.h"
#include "test/support/catch.h"

namespace timeservice::oracle {
namespace {

using namespace std::chrono_literals;
using test::OracleUnderTest;

TEST_CASE("timestamps are counted as they are handed out, and refused ones are not", "[oracle]") {
  OracleUnderTest t;
  t.start();
  t.oracle->take(1);
  t.oracle->take(1000);
  CHECK(t.oracle->counts().timestamps == 1001);
  t.disk.before_write = test::no_space;
  t.clock.pass(2s);
  t.oracle->turn();
  REQUIRE(t.refusal());
  CHECK(t.oracle->counts().timestamps == 1001);
}

TEST_CASE("each write is counted, with how long it took and when it was done", "[oracle]") {
  OracleUnderTest t;
  t.disk.before_write = [&] { t.clock.pass(30ms); };
  t.start();
  OracleCounts counts = t.oracle->counts();
  CHECK(counts.writes == 1);
  CHECK(counts.writing == 30ms);
  REQUIRE(counts.written);
  CHECK(counts.written->ns == t.clock.wall_ns);
  t.clock.pass(800ms);
  t.oracle->turn();
  counts = t.oracle->counts();
  CHECK(counts.writes == 2);
  CHECK(counts.writing == 60ms);
  CHECK(counts.written->ns == t.clock.wall_ns);
  CHECK(counts.write_failures == 0);
  t.oracle->stop();
  CHECK(t.oracle->counts().writes == 3);
  CHECK(static_cast<int>(t.disk.writes) == 3);
}

TEST_CASE("a write that fails is counted as such, with its reason until one succeeds", "[oracle]") {
  OracleUnderTest t;
  t.start();
  const auto written = t.oracle->counts().written;
  t.disk.before_write = test::no_space;
  for (int i = 0; i < 2; ++i) {
    t.clock.pass(600ms);
    t.oracle->turn();
  }
  OracleCounts counts = t.oracle->counts();
  CHECK(counts.writes == 3);
  CHECK(counts.write_failures == 2);
  CHECK(counts.failure == "no space left");
  CHECK(counts.written == written);
  t.disk.before_write = [] {};
  t.oracle->turn();
  counts = t.oracle->counts();
  CHECK(counts.writes == 4);
  CHECK(counts.write_failures == 2);
  CHECK(counts.failure.empty());
  CHECK(counts.written != written);
}

TEST_CASE("a failure that says nothing is a failure all the same", "[oracle]") {
  OracleUnderTest t;
  t.start();
  const std::int64_t watermark = t.oracle->status().watermark;
  t.disk.before_write = [] { throw std::runtime_error(""); };
  t.clock.pass(600ms);
  t.oracle->turn();
  CHECK(t.oracle->counts().write_failures == 1);
  CHECK_FALSE(t.oracle->counts().failure.empty());
  CHECK(t.oracle->status().watermark == watermark);
}

TEST_CASE("a jump that is not followed is told", "[oracle]") {
  OracleUnderTest t;
  t.options.max_jump = 1s;
  t.start();
  t.oracle->take(1);
  CHECK_FALSE(t.oracle->counts().holding);
  t.clock.wall_ns += 3'600'000'000'000;
  t.oracle->take(1);
  t.oracle->turn();
  CHECK(t.oracle->counts().holding);
}

}  // namespace
}  // namespace timeservice::oracle
