#include "client/retry.h"

#include <algorithm>
#include <stdexcept>
#include <vector>

#include "test/support/catch.h"

namespace timeservice::client {
namespace {

using std::chrono::milliseconds;

std::vector<milliseconds> waits_of(const RetryPolicy& policy, double random) {
  std::vector<milliseconds> waits;
  const RetryHooks hooks = {.sleep = [&](milliseconds time) { waits.push_back(time); },
                            .random = [&] { return random; }};
  Backoff backoff(policy, hooks);
  while (waits.size() < 100 && backoff.wait()) {
  }
  return waits;
}

TEST_CASE("waits double up to the longest", "[retry]") {
  const RetryPolicy policy = {
      .retries = 5, .first_backoff = milliseconds(100), .max_backoff = milliseconds(500)};
  const double almost_one = 0.99999;
  CHECK(waits_of(policy, almost_one) == std::vector{milliseconds(99), milliseconds(199), milliseconds(399),
                                                    milliseconds(499), milliseconds(499)});
}

TEST_CASE("a wait lasts at least half of its time", "[retry]") {
  const RetryPolicy policy = {
      .retries = 3, .first_backoff = milliseconds(100), .max_backoff = milliseconds(500)};
  CHECK(waits_of(policy, 0.0) == std::vector{milliseconds(50), milliseconds(100), milliseconds(200)});
  CHECK(waits_of(policy, 0.5) == std::vector{milliseconds(75), milliseconds(150), milliseconds(300)});
}

TEST_CASE("no retries, no wait", "[retry]") { CHECK(waits_of({.retries = 0}, 0.5).empty()); }

TEST_CASE("the system's random numbers differ and are from 0 to 1", "[retry]") {
  const RetryHooks hooks = system_retry_hooks();
  double least = 1;
  double most = 0;
  for (int drawn = 0; drawn < 1000; ++drawn) {
    const double number = hooks.random();
    least = std::min(least, number);
    most = std::max(most, number);
  }
  CHECK(least >= 0);
  CHECK(least < 0.1);
  CHECK(most > 0.9);
  CHECK(most < 1);
}

TEST_CASE("a policy that makes no sense is refused", "[retry]") {
  CHECK_NOTHROW(check_retry({}));
  CHECK_THROWS_AS(check_retry({.retries = -1}), std::invalid_argument);
  CHECK_THROWS_AS(check_retry({.first_backoff = milliseconds(-1)}), std::invalid_argument);
  CHECK_THROWS_AS(check_retry({.first_backoff = milliseconds(2), .max_backoff = milliseconds(1)}),
                  std::invalid_argument);
}

}  // namespace
}  // namespace timeservice::client
