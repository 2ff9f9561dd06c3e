#include "test/oracle/order_checker.h"

#include <algorithm>
#include <random>
#include <vector>

#include "test/support/catch.h"

namespace timeservice::test {
namespace {

/// `count` calls that keep the promise: each takes effect at some moment of its own.
std::vector<RecordedCall> kept(std::size_t count, std::mt19937_64& random) {
  std::vector<RecordedCall> calls;
  std::int64_t moment = 0;
  std::int64_t next = 1;
  for (std::size_t i = 0; i < count; ++i) {
    moment += 10;
    RecordedCall call;
    call.invoked_ns = moment - static_cast<std::int64_t>(random() % 200);
    call.returned_ns = moment + static_cast<std::int64_t>(random() % 200);
    call.count = static_cast<std::int64_t>(random() % 5) + 1;
    call.first = next;
    next += call.count + static_cast<std::int64_t>(random() % 3);
    calls.push_back(call);
  }
  std::shuffle(calls.begin(), calls.end(), random);
  return calls;
}

/// As the definition says it, each with each.
bool broken(const std::vector<RecordedCall>& calls) {
  for (const RecordedCall& a : calls) {
    for (const RecordedCall& b : calls) {
      if (&a == &b) continue;
      if (a.first <= b.last() && b.first <= a.last()) return true;
      if (a.returned_ns < b.invoked_ns && a.last() >= b.first) return true;
    }
  }
  return false;
}

TEST_CASE("calls that kept the promise pass the check", "[oracle]") {
  std::mt19937_64 random(1);
  CHECK_FALSE(order_violation({}));
  CHECK_FALSE(order_violation(kept(1, random)));
  for (int i = 0; i < 20; ++i) CHECK_FALSE(order_violation(kept(1000, random)));
}

TEST_CASE("a timestamp given twice is found", "[oracle]") {
  CHECK(order_violation({{0, 10, 5, 1}, {0, 10, 5, 1}}));
  CHECK(order_violation({{0, 10, 5, 10}, {0, 10, 14, 1}}));
  CHECK(order_violation({{0, 10, 5, 10}, {0, 10, 1, 5}}));
  CHECK_FALSE(order_violation({{0, 10, 5, 10}, {0, 10, 15, 1}}));
}

TEST_CASE("a later call that got less is found, and only where it is surely later", "[oracle]") {
  CHECK(order_violation({{0, 10, 100, 1}, {11, 20, 99, 1}}));
  CHECK_FALSE(order_violation({{0, 10, 100, 1}, {10, 20, 99, 1}}));
  CHECK_FALSE(order_violation({{0, 30, 100, 1}, {11, 20, 99, 1}}));
  // Long before it, with others between.
  CHECK(order_violation({{0, 1, 100, 1}, {2, 3, 101, 1}, {4, 100, 103, 1}, {50, 60, 90, 1}}));
}

TEST_CASE("a record that cannot be is a violation", "[oracle]") {
  CHECK(order_violation({{0, 10, 5, 0}}));
  CHECK(order_violation({{10, 9, 5, 1}}));
}

TEST_CASE("the check finds what comparing each call with each finds", "[oracle]") {
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  int found = 0;
  for (int i = 0; i < 300; ++i) {
    std::vector<RecordedCall> calls = kept(60, random);
    RecordedCall& planted = calls[random() % calls.size()];
    planted.first += static_cast<std::int64_t>(random() % 41) - 20;
    const bool expected = broken(calls);
    found += expected ? 1 : 0;
    REQUIRE(order_violation(calls).has_value() == expected);
  }
  CHECK(found > 50);
  CHECK(found < 300);
}

}  // namespace
}  // namespace timeservice::test
