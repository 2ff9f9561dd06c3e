#include "client/latency_histogram.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "test/support/catch.h"

namespace timeservice::client {
namespace {

using std::chrono::nanoseconds;

/// What the histogram may say of a latency: not less, and at most 1/128 more.
bool is_near(nanoseconds said, std::int64_t exact) {
  return said.count() >= exact && said.count() - exact <= exact / 128;
}

std::int64_t exact_percentile(std::vector<std::int64_t> values, double share) {
  std::sort(values.begin(), values.end());
  const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(values.size())));
  return values[std::max<std::size_t>(rank, 1) - 1];
}

TEST_CASE("a histogram of nothing says nothing", "[latency_histogram]") {
  const LatencyHistogram histogram;
  CHECK(histogram.count() == 0);
  CHECK(histogram.max().count() == 0);
  CHECK(histogram.percentile(0.5).count() == 0);
}

TEST_CASE("one latency is every percentile of itself, exactly", "[latency_histogram]") {
  for (const std::int64_t ns :
       {std::int64_t{0}, std::int64_t{1}, std::int64_t{255}, std::int64_t{256}, std::int64_t{257},
        std::int64_t{1'234'567}, std::numeric_limits<std::int64_t>::max()}) {
    LatencyHistogram histogram;
    histogram.record(nanoseconds(ns));
    CAPTURE(ns);
    for (const double share : {0.0, 0.5, 0.999, 1.0}) CHECK(histogram.percentile(share).count() == ns);
    CHECK(histogram.max().count() == ns);
  }
}

TEST_CASE("each latency is known to 1/128 of itself, whatever its size", "[latency_histogram]") {
  std::mt19937_64 random(1);
  for (int bits = 1; bits < 63; ++bits) {
    for (int i = 0; i < 100; ++i) {
      const auto ns = static_cast<std::int64_t>(random() >> (64 - bits));
      LatencyHistogram histogram;
      histogram.record(nanoseconds(ns));
      histogram.record(nanoseconds(std::numeric_limits<std::int64_t>::max()));
      CAPTURE(bits, ns, histogram.percentile(0.5).count());
      CHECK(is_near(histogram.percentile(0.5), ns));
    }
  }
}

TEST_CASE("percentiles are those of all latencies in order", "[latency_histogram]") {
  std::mt19937_64 random(2);
  std::lognormal_distribution<double> latency(11, 2);
  LatencyHistogram histogram;
  std::vector<std::int64_t> values;
  for (int i = 0; i < 10'000; ++i) {
    values.push_back(static_cast<std::int64_t>(latency(random)));
    histogram.record(nanoseconds(values.back()));
  }
  for (const double share : {0.0001, 0.01, 0.5, 0.9, 0.99, 0.999, 1.0}) {
    CAPTURE(share);
    CHECK(is_near(histogram.percentile(share), exact_percentile(values, share)));
  }
  CHECK(histogram.max().count() == *std::max_element(values.begin(), values.end()));
}

TEST_CASE("many calls with one latency are counted as that many", "[latency_histogram]") {
  LatencyHistogram histogram;
  histogram.record(nanoseconds(10), 98);
  histogram.record(nanoseconds(100), 1);
  histogram.record(nanoseconds(200), 1);
  histogram.record(nanoseconds(5000), 0);
  CHECK(histogram.count() == 100);
  CHECK(histogram.percentile(0.98).count() == 10);
  CHECK(histogram.percentile(0.99).count() == 100);
  CHECK(histogram.percentile(0.991).count() == 200);
  CHECK(histogram.max().count() == 200);
}

TEST_CASE("the latencies of several connections add up, and the longest is kept", "[latency_histogram]") {
  LatencyHistogram one;
  LatencyHistogram two;
  one.record(nanoseconds(10), 99);
  two.record(nanoseconds(123'456'789));
  one.add(two);
  one.add(LatencyHistogram());
  CHECK(one.count() == 100);
  CHECK(one.percentile(0.99).count() == 10);
  CHECK(one.percentile(0.999).count() == 123'456'789);
  CHECK(one.max().count() == 123'456'789);
}

TEST_CASE("a clock that went back counts as no time", "[latency_histogram]") {
  LatencyHistogram histogram;
  histogram.record(nanoseconds(-5));
  CHECK(histogram.count() == 1);
  CHECK(histogram.percentile(1).count() == 0);
}

}  // namespace
}  // namespace timeservice::client
