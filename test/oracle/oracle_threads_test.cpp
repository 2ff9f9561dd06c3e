#include <atomic>
#include <chrono>
#include <memory>
#include <thread>
#include <vector>

#include "server/time/clock/system_clock.h"
#include "server/time/oracle/timestamp_oracle.h"
#include "test/oracle/fake_disk.h"
#include "test/oracle/order_checker.h"
#include "test/support/catch.h"
#include "test/support/sanitized.h"

// Many threads on the real clock, each call noted and the whole held against the promise.

namespace timeservice::oracle {
namespace {

using namespace std::chrono_literals;
using test::RecordedCall;

constexpr int kThreads = 4;
constexpr int kCalls = test::kSanitized ? 5'000 : 50'000;

std::vector<RecordedCall> calls_of(TimestampOracle& oracle, const clock::Clock& clock, int calls,
                                   std::int32_t count) {
  std::vector<RecordedCall> recorded;
  recorded.reserve(static_cast<std::size_t>(calls));
  for (int i = 0; i < calls; ++i) {
    RecordedCall call;
    call.count = 1 + i % count;
    call.invoked_ns = clock.monotonic().ns;
    try {
      call.first = oracle.take(static_cast<std::int32_t>(call.count));
    } catch (const OracleUnavailable&) {
      continue;
    }
    call.returned_ns = clock.monotonic().ns;
    recorded.push_back(call);
  }
  return recorded;
}

/// What several threads got, from one oracle after the other: every second one is stopped,
/// the others end as if killed.
std::vector<RecordedCall> recorded(std::int32_t count, int lives, std::chrono::nanoseconds window) {
  const clock::SystemClock clock;
  test::FakeDisk disk;
  OracleOptions options;
  options.window = window;
  std::vector<RecordedCall> all;
  for (int life = 0; life < lives; ++life) {
    TimestampOracle oracle(clock, nullptr, std::make_unique<test::FakeStore>(disk), options);
    std::vector<std::vector<RecordedCall>> results(kThreads);
    std::vector<std::thread> threads;
    std::atomic<int> running = kThreads;
    for (auto& result : results) {
      threads.emplace_back([&] {
        result = calls_of(oracle, clock, kCalls / lives, count);
        --running;
      });
    }
    while (running == kThreads) oracle.status();
    if (life % 2 == 0) oracle.stop();
    for (std::thread& thread : threads) thread.join();
    for (const auto& result : results) all.insert(all.end(), result.begin(), result.end());
    for (const RecordedCall& call : all) REQUIRE(call.last() <= oracle.status().last_timestamp);
  }
  return all;
}

TEST_CASE("threads that take at once get unique timestamps in order", "[oracle]") {
  const auto calls = recorded(1, 1, 1s);
  CHECK(calls.size() > kCalls / 2);
  CHECK_FALSE(test::order_violation(calls));
}

TEST_CASE("the order holds through stops and restarts under load, with a narrow window", "[oracle]") {
  const auto calls = recorded(100'000, 10, 10ms);
  CHECK(calls.size() > 100);
  const auto violation = test::order_violation(calls);
  INFO(violation.value_or(""));
  CHECK_FALSE(violation);
}

}  // namespace
}  // namespace timeservice::oracle
