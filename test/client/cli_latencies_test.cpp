#include "client/cli_latencies.h"

#include <limits>

#include "test/support/catch.h"

namespace timeservice::client {
namespace {

using std::chrono::nanoseconds;

TEST_CASE("percentiles are told to 1.6 %, at any size", "[cli_latencies]") {
  for (const std::int64_t scale : {std::int64_t{1}, std::int64_t{1'000}, std::int64_t{1'000'000'000}}) {
    Latencies latencies;
    for (std::int64_t value = 1; value <= 1000; ++value) latencies.add(nanoseconds(value * scale));
    CAPTURE(scale);
    CHECK(latencies.count() == 1000);
    for (const std::int64_t part : {1, 500, 990, 999, 1000}) {
      const auto found = latencies.percentile(static_cast<double>(part) / 1000).count();
      CAPTURE(part, found);
      CHECK(found >= part * scale);
      CHECK(static_cast<double>(found) <= static_cast<double>(part * scale) * 1.016);
    }
  }
}

TEST_CASE("small latencies are exact", "[cli_latencies]") {
  for (const std::int64_t value : {0, 1, 63, 64, 127}) {
    Latencies latencies;
    latencies.add(nanoseconds(value));
    CHECK(latencies.percentile(0.5) == nanoseconds(value));
  }
}

TEST_CASE("the extremes have a place", "[cli_latencies]") {
  Latencies latencies;
  latencies.add(nanoseconds(-5));  // no clock should, but nothing must break
  latencies.add(nanoseconds::max());
  CHECK(latencies.percentile(0) == nanoseconds(0));
  CHECK(latencies.percentile(1) == nanoseconds::max());
}

TEST_CASE("latencies of several connections add up", "[cli_latencies]") {
  Latencies one;
  Latencies two;
  for (int call = 0; call < 99; ++call) one.add(nanoseconds(10));
  two.add(nanoseconds(100));
  one.add(two);
  CHECK(one.count() == 100);
  CHECK(one.percentile(0.99) == nanoseconds(10));
  CHECK(one.percentile(0.999) == nanoseconds(100));
}

TEST_CASE("without calls there is no latency", "[cli_latencies]") {
  CHECK(Latencies().percentile(0.5) == nanoseconds(0));
}

}  // namespace
}  // namespace timeservice::client
