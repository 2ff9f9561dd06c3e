#include <atomic>
#include <chrono>
#include <future>
#include <optional>
#include <thread>
#include <vector>

#include "server/time/oracle/timestamp_oracle.h"
#include "test/oracle/oracle_under_test.h"
#include "test/support/catch.h"

// What the oracle does while storage is slow, hangs or fails.

namespace timeservice::oracle {
namespace {

using namespace std::chrono_literals;
using test::kServing;
using test::kUnavailable;
using test::OracleUnderTest;

int fault_of(const std::optional<OracleUnavailable>& refusal) {
  return refusal ? static_cast<int>(refusal->fault) : -1;
}
constexpr int kStorage = static_cast<int>(OracleFault::STORAGE);

/// Lets the next write begin and keeps it from ending. Outlives the oracle.
struct HeldWrite {
  void hold(test::FakeDisk& disk) {
    disk.before_write = [this] {
      if (held.exchange(true)) return;
      begun.set_value();
      end.get_future().wait();
    };
  }
  std::atomic<bool> held = false;
  std::promise<void> begun;
  std::promise<void> end;
};

TEST_CASE("a failing write hurts nobody while the window lasts, then calls are refused at once", "[oracle]") {
  OracleUnderTest t;
  t.options.timeout = 1min;  // A call that waited would wait for ever.
  t.start();
  t.disk.before_write = test::no_space;
  t.clock.pass(600ms);
  CHECK(t.oracle->turn() == 100ms);
  CHECK_FALSE(t.refusal());
  CHECK(t.role() == kServing);
  t.clock.pass(401ms);
  const auto refusal = t.refusal();
  CHECK(fault_of(refusal) == kStorage);
  CHECK(refusal->retry_after_ms == 100);
  CHECK(t.role() == kUnavailable);
  t.disk.before_write = [] {};
  t.oracle->turn();
  CHECK(t.oracle->take(1) == t.clock.wall_ns);
  CHECK(t.role() == kServing);
}

TEST_CASE("a write that failed but reached the disk does not count", "[oracle]") {
  OracleUnderTest t;
  t.start();
  t.disk.after_write = test::no_space;
  t.clock.pass(1001ms);
  t.oracle->turn();
  CHECK(t.disk.watermark > t.clock.wall_ns);
  CHECK(fault_of(t.refusal()) == kStorage);
}

TEST_CASE("a failure is told at once, then every ten seconds, and its end", "[oracle]") {
  OracleUnderTest t;
  t.start();
  t.disk.before_write = test::no_space;
  t.clock.pass(1s);
  for (int tenth = 0; tenth < 95; ++tenth) {
    t.clock.pass(100ms);
    t.oracle->turn();
  }
  CHECK(t.logged("no space left") == 1);
  for (int tenth = 0; tenth < 20; ++tenth) {
    t.clock.pass(100ms);
    t.oracle->turn();
  }
  CHECK(t.logged("no space left") == 2);
  t.disk.before_write = [] {};
  t.oracle->turn();
  t.oracle->turn();
  CHECK(t.logged("storage works again, after 115 failures") == 1);
}

TEST_CASE("without a thread or time to wait a call above the watermark is refused", "[oracle]") {
  OracleUnderTest t;
  t.start();
  t.clock.pass(2s);
  CHECK(fault_of(t.refusal()) == kStorage);
  t.oracle->turn();
  CHECK_FALSE(t.refusal());
}

TEST_CASE("a call that meets the watermark waits for the write and is answered", "[oracle]") {
  OracleUnderTest t;
  t.options.background = true;
  t.options.timeout = 1min;
  t.start();
  for (int second = 0; second < 50; ++second) {
    t.clock.pass(2s);
    CHECK(t.oracle->take(1) == t.clock.wall_ns);
    CHECK(t.disk.watermark >= t.clock.wall_ns);
  }
}

TEST_CASE("calls use the window up before they wait, and go on with the next", "[oracle]") {
  OracleUnderTest t;
  t.options.background = true;
  t.options.timeout = 1min;
  t.start();
  std::int64_t last = 0;
  for (int call = 0; call < 4000; ++call) {
    t.clock.boot_ns += 1'000'000;
    const std::int64_t first = t.oracle->take(1'000'000);
    REQUIRE(first > last);
    last = first + 999'999;
    REQUIRE(last <= t.disk.watermark);
  }
}

TEST_CASE("a call waits for a hanging write until the timeout, and is refused", "[oracle]") {
  HeldWrite held;
  OracleUnderTest t;
  t.options.background = true;
  t.options.timeout = 20ms;
  t.start();
  held.hold(t.disk);
  t.clock.pass(2s);
  CHECK(fault_of(t.refusal()) == kStorage);
  held.begun.get_future().wait();
  held.end.set_value();
  while (t.refusal()) std::this_thread::yield();
  CHECK(t.role() == kServing);
}

TEST_CASE("a write that has hung for the timeout lets no further call wait", "[oracle]") {
  HeldWrite held;
  OracleUnderTest t;
  t.options.background = true;
  t.options.timeout = 1min;  // One call that waited would outlast the test's own limit.
  t.start();
  held.hold(t.disk);
  t.clock.pass(600ms);
  held.begun.get_future().wait();
  t.clock.pass(61s);
  for (int call = 0; call < 10; ++call) REQUIRE(fault_of(t.refusal()) == kStorage);
  CHECK(t.role() == kUnavailable);
  held.end.set_value();
  while (t.refusal()) std::this_thread::yield();
  CHECK(t.role() == kServing);
}

TEST_CASE("the status is told while a write hangs", "[oracle]") {
  HeldWrite held;
  OracleUnderTest t;
  t.options.background = true;
  t.start();
  held.hold(t.disk);
  t.clock.pass(600ms);
  held.begun.get_future().wait();
  CHECK(t.role() == kServing);
  CHECK_FALSE(t.refusal());
  held.end.set_value();
}

TEST_CASE("calls that wait when the oracle stops are refused", "[oracle]") {
  HeldWrite held;
  OracleUnderTest t;
  t.options.background = true;
  t.options.timeout = 1min;
  t.start();
  held.hold(t.disk);
  t.clock.pass(2s);
  std::vector<std::future<std::optional<OracleUnavailable>>> calls;
  for (int call = 0; call < 4; ++call)
    calls.push_back(std::async(std::launch::async, [&] { return t.refusal(); }));
  held.begun.get_future().wait();
  auto stopping = std::async(std::launch::async, [&] { t.oracle->stop(); });
  for (auto& call : calls) CHECK(fault_of(call.get()) == static_cast<int>(OracleFault::NOT_READY));
  held.end.set_value();
  stopping.get();
}

TEST_CASE("the end of an oracle does not wait for a retry", "[oracle]") {
  OracleUnderTest t;
  t.options.background = true;
  t.start();
  t.disk.before_write = test::no_space;
  t.clock.pass(600ms);
  while (t.logged("no space left") == 0) std::this_thread::yield();
  t.oracle->stop();
  CHECK(t.logged("the last timestamp was not written") == 1);
}

}  // namespace
}  // namespace timeservice::oracle
