#include "server/time/oracle/demand_limit.h"

#include <chrono>

#include "test/support/catch.h"

namespace timeservice::oracle {
namespace {

using namespace std::chrono_literals;
using clock::BootTime;

constexpr std::int32_t kMost = 1'000'000;

/// How many calls for the most timestamps pass, one right after another.
int passing(DemandLimit& limit, BootTime now) {
  int calls = 0;
  while (calls < 3000 && limit.wait(kMost, now) == 0ns) {
    limit.take(kMost, now);
    ++calls;
  }
  return calls;
}

TEST_CASE("a second's worth of timestamps passes at once, and not one more", "[oracle]") {
  DemandLimit limit(BootTime{1000});
  CHECK(passing(limit, BootTime{1000}) == 1000);
  CHECK(limit.wait(1, BootTime{1000}) == 1ns);
  CHECK(limit.wait(kMost, BootTime{1000}) == 1ms);
}

TEST_CASE("each nanosecond gives one timestamp back, up to the burst", "[oracle]") {
  DemandLimit limit(BootTime{0});
  passing(limit, BootTime{0});
  CHECK(limit.wait(5, BootTime{4}) == 1ns);
  CHECK(limit.wait(5, BootTime{5}) == 0ns);
  CHECK(passing(limit, BootTime{10'000'000}) == 10);
  CHECK(passing(limit, BootTime{3'600'000'000'000}) == 1000);
}

TEST_CASE("what the wait says is enough", "[oracle]") {
  DemandLimit limit(BootTime{0});
  passing(limit, BootTime{0});
  const auto wait = limit.wait(12345, BootTime{77});
  CHECK(limit.wait(12345, BootTime{77 + wait.count() - 1}) == 1ns);
  CHECK(limit.wait(12345, BootTime{77 + wait.count()}) == 0ns);
}

TEST_CASE("in the long run it is one for each nanosecond, whatever the counts", "[oracle]") {
  DemandLimit limit(BootTime{0});
  std::int64_t taken = 0;
  std::int64_t now = 0;
  for (int i = 0; i < 100'000; ++i) {
    const std::int32_t count = 1 + i * 7919 % kMost;
    now += 100'000;
    if (limit.wait(count, BootTime{now}) > 0ns) continue;
    limit.take(count, BootTime{now});
    taken += count;
  }
  CHECK(taken <= now + 1'000'000'000);
  CHECK(taken > now);
}

}  // namespace
}  // namespace timeservice::oracle
