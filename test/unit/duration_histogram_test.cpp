#include "server/host/duration_histogram.h"

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "test/support/catch.h"

namespace timeservice::host {
namespace {

using namespace std::chrono_literals;

/// A sum of floating point numbers, but for rounding.
struct Near {
  explicit Near(double expected) : value(expected) {}
  friend bool operator==(double sum, const Near& expected) {
    return sum > expected.value * (1 - 1e-9) && sum < expected.value * (1 + 1e-9);
  }
  double value;
};

std::size_t bucket_of(std::chrono::nanoseconds time) {
  DurationHistogram histogram;
  histogram.add(time);
  const auto snapshot = histogram.snapshot();
  for (std::size_t i = 0; i < DurationHistogram::kBuckets; ++i) {
    if (snapshot.counts[i] == 1) return i;
  }
  return DurationHistogram::kBuckets;
}

TEST_CASE("what takes exactly a bound is in its bucket, and what takes more is not", "[host]") {
  for (std::size_t i = 0; i < DurationHistogram::kBounds.size(); ++i) {
    const std::chrono::nanoseconds bound(
        static_cast<std::int64_t>(DurationHistogram::kBounds[i] * 1e9 + 0.5));
    CAPTURE(i, bound.count());
    CHECK(bucket_of(bound) == i);
    CHECK(bucket_of(bound + 1ns) == i + 1);
  }
}

TEST_CASE("bounds rise, from ten microseconds to ten seconds", "[host]") {
  CHECK(DurationHistogram::kBounds.front() == 10e-6);
  CHECK(DurationHistogram::kBounds.back() == 10.0);
  for (std::size_t i = 1; i < DurationHistogram::kBounds.size(); ++i) {
    CHECK(DurationHistogram::kBounds[i] > DurationHistogram::kBounds[i - 1]);
  }
}

TEST_CASE("a clock that seems to run backwards counts as no time at all", "[host]") {
  DurationHistogram histogram;
  histogram.add(-1s, 3);
  CHECK(histogram.snapshot().counts.front() == 3);
  CHECK(histogram.snapshot().sum_seconds == 0);
}

TEST_CASE("many of one duration are as many, one by one", "[host]") {
  DurationHistogram histogram;
  histogram.add(2ms, 500);
  histogram.add(3ms);
  const auto snapshot = histogram.snapshot();
  CHECK(snapshot.count() == 501);
  CHECK(snapshot.counts[7] == 500);  // up to 2.5 ms
  CHECK(snapshot.sum_seconds == Near(500 * 0.002 + 0.003));
}

TEST_CASE("snapshots add up", "[host]") {
  DurationHistogram one;
  DurationHistogram other;
  one.add(1ms);
  other.add(1ms, 2);
  other.add(100s);
  auto all = one.snapshot();
  all += other.snapshot();
  CHECK(all.count() == 4);
  CHECK(all.counts.back() == 1);
  CHECK(all.sum_seconds == Near(100.003));
}

TEST_CASE("what many threads add is all there, and no bucket ever shrinks", "[host]") {
  DurationHistogram histogram;
  constexpr int kThreads = 4;
  constexpr int kRounds = 20'000;
  std::atomic<int> running = kThreads;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&] {
      for (int i = 0; i < kRounds; ++i) histogram.add(i % 2 == 0 ? 1ms : 1s);
      --running;
    });
  }
  bool grows = true;
  DurationHistogram::Snapshot before;
  while (running > 0) {
    const auto now = histogram.snapshot();
    for (std::size_t i = 0; i < DurationHistogram::kBuckets; ++i)
      grows = grows && now.counts[i] >= before.counts[i];
    grows = grows && now.sum_seconds >= before.sum_seconds;
    before = now;
  }
  for (auto& thread : threads) thread.join();
  CHECK(grows);
  CHECK(histogram.snapshot().count() == kThreads * kRounds);
  CHECK(histogram.snapshot().sum_seconds == Near(kThreads * kRounds / 2 * 1.001));
}

TEST_CASE("whoever sees that something took its time sees that time in the sum", "[host]") {
  DurationHistogram histogram;
  std::atomic<bool> done = false;
  std::thread adding([&] {
    for (int i = 0; i < 200'000; ++i) histogram.add(1s);
    done = true;
  });
  bool complete = true;
  while (!done) {
    const auto now = histogram.snapshot();
    complete = complete && now.sum_seconds > static_cast<double>(now.count()) - 0.5;
  }
  adding.join();
  CHECK(complete);
}

}  // namespace
}  // namespace timeservice::host
