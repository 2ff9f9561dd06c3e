#include "server/host/rate_limit.h"

#include <atomic>
#include <thread>
#include <vector>

#include "test/support/catch.h"

namespace timeservice::host {
namespace {

using std::chrono::milliseconds;

/// How many of `events` at the time `now` pass.
int passed_of(RateLimit& limit, int events, milliseconds now) {
  int passed = 0;
  std::uint64_t missed = 0;
  for (int i = 0; i < events; ++i) passed += limit.pass(missed, now) ? 1 : 0;
  return passed;
}

TEST_CASE("so many events pass in each second, and no more", "[host]") {
  RateLimit limit(3);
  CHECK(passed_of(limit, 2, milliseconds(7000)) == 2);
  CHECK(passed_of(limit, 10, milliseconds(7999)) == 1);
  CHECK(passed_of(limit, 10, milliseconds(8000)) == 3);
  CHECK(passed_of(limit, 10, milliseconds(8001)) == 0);
  CHECK(passed_of(limit, 10, milliseconds(60'000)) == 3);
}

TEST_CASE("the first event passes whatever the clock says", "[host]") {
  RateLimit limit(1);
  CHECK(passed_of(limit, 5, milliseconds(0)) == 1);
}

TEST_CASE("the next event that passes tells how many did not, and once only", "[host]") {
  RateLimit limit(1);
  std::uint64_t missed = 99;
  CHECK(limit.pass(missed, milliseconds(1000)));
  CHECK(missed == 0);
  for (int i = 0; i < 41; ++i) CHECK_FALSE(limit.pass(missed, milliseconds(1500)));
  CHECK(missed == 0);
  CHECK(limit.pass(missed, milliseconds(9000)));
  CHECK(missed == 41);
  CHECK(limit.pass(missed, milliseconds(10'000)));
  CHECK(missed == 0);
}

TEST_CASE("an event that looked at the clock before the others opens no second anew", "[host]") {
  RateLimit limit(2);
  CHECK(passed_of(limit, 5, milliseconds(5000)) == 2);
  CHECK(passed_of(limit, 5, milliseconds(4999)) == 0);
  CHECK(passed_of(limit, 5, milliseconds(5001)) == 0);
}

TEST_CASE("without a time given, the clock is read", "[host]") {
  RateLimit limit(1);
  std::uint64_t missed = 0;
  CHECK(limit.pass(missed));
}

TEST_CASE("of many threads' events in one second, each is passed or counted as missed", "[host]") {
  constexpr int kThreads = 4;
  constexpr int kEvents = 5000;
  RateLimit limit(10);
  std::uint64_t missed = 0;
  CHECK(limit.pass(missed, milliseconds(1000)));  // so that none of them opens the second
  std::atomic<int> passed = 1;
  std::atomic<std::uint64_t> told = 0;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&] {
      for (int i = 0; i < kEvents; ++i) {
        std::uint64_t missed_here = 0;
        if (!limit.pass(missed_here, milliseconds(1500))) continue;
        ++passed;
        told += missed_here;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(passed.load() == 10);
  CHECK(limit.pass(missed, milliseconds(2000)));
  CHECK(told.load() + missed + 10 == kThreads * kEvents + 1);
}

TEST_CASE("what was missed is told once its second is over, though nothing else happens, and told once",
          "[host]") {
  RateLimit limit(1);
  std::uint64_t missed = 0;
  CHECK(limit.overdue(milliseconds(1000)) == 0);
  CHECK(limit.pass(missed, milliseconds(1000)));
  for (int i = 0; i < 7; ++i) CHECK_FALSE(limit.pass(missed, milliseconds(1100)));
  CHECK(limit.overdue(milliseconds(1999)) == 0);
  CHECK(limit.overdue(milliseconds(2000)) == 7);
  CHECK(limit.overdue(milliseconds(3000)) == 0);
  CHECK(limit.pass(missed, milliseconds(3000)));
  CHECK(missed == 0);
}

}  // namespace
}  // namespace timeservice::host
