#include "client/timestamp_source.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include "test/client/oracle_under_test.h"
#include "test/support/catch.h"

namespace timeservice::client {
namespace {

TEST_CASE("timestamps are those of the server, one after another", "[timestamp_source]") {
  Oracle oracle;
  Peer peer(serving(oracle));
  TimestampSource source(source_options({peer.endpoint()}));
  CHECK(source.take() == 1001);
  const TimestampRange range = source.take(10);
  CHECK(range.first == 1002);
  CHECK(range.count == 10);
  CHECK(source.take() == 1012);
  CHECK(peer.connections() == 1);
}

TEST_CASE("what is asked for while a request is in flight goes into the next, which is one",
          "[timestamp_source]") {
  Oracle oracle;
  Peer peer(serving(oracle));
  TimestampSource source(source_options({peer.endpoint()}));
  oracle.shut();
  std::int64_t first = 0;
  std::thread before([&] { first = source.take(); });
  oracle.wait_for_requests(1);
  // From now on every take begins after the first request was sent: none may be served by it.
  std::vector<std::thread> after;
  std::vector<TimestampRange> ranges(8);
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    after.emplace_back([&, i] { ranges[i] = source.take(static_cast<std::int32_t>(i + 1)); });
  }
  while (source.waiting() < 8) std::this_thread::yield();
  oracle.open();
  before.join();
  for (std::thread& thread : after) thread.join();
  CHECK(oracle.counts() == std::vector<std::int32_t>{1, 36});
  CHECK(first == 1001);
  std::sort(ranges.begin(), ranges.end(), [](auto& one, auto& other) { return one.first < other.first; });
  std::int64_t next = 1002;
  for (const TimestampRange& range : ranges) {
    CHECK(range.first == next);
    next += range.count;
  }
  CHECK(source.counters().requests == 2);
  CHECK(source.counters().timestamps == 37);
}

TEST_CASE("a take that began after another ended gets the larger timestamp, on any thread",
          "[timestamp_source]") {
  Oracle oracle;
  TimeHost host(oracle);
  TimestampSource source(source_options({host.endpoint()}));
  TimestampSource another(source_options({host.endpoint()}));
  std::atomic<std::int64_t> seen = 0;
  std::atomic<int> wrong = 0;
  std::vector<std::vector<std::int64_t>> taken(8);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < taken.size(); ++i) {
    threads.emplace_back([&, i] {
      for (int call = 0; call < 500; ++call) {
        const std::int64_t before = seen;
        const std::int64_t timestamp = (i % 2 == 0 ? source : another).take();
        if (timestamp <= before) ++wrong;
        std::int64_t most = seen;
        while (most < timestamp && !seen.compare_exchange_weak(most, timestamp)) {
        }
        taken[i].push_back(timestamp);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
  std::vector<std::int64_t> all;
  for (const auto& one : taken) all.insert(all.end(), one.begin(), one.end());
  std::sort(all.begin(), all.end());
  CHECK(all.size() == 4000);
  CHECK(std::adjacent_find(all.begin(), all.end()) == all.end());
}

TEST_CASE("no request is larger than a server takes", "[timestamp_source]") {
  Oracle oracle;
  Peer peer(serving(oracle));
  TimestampSource source(source_options({peer.endpoint()}));
  oracle.shut();
  std::vector<std::thread> threads;
  threads.emplace_back([&] { source.take(); });
  oracle.wait_for_requests(1);
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] { source.take(600'000); });
  }
  while (source.waiting() < 3) std::this_thread::yield();
  oracle.open();
  for (std::thread& thread : threads) thread.join();
  CHECK(oracle.counts() == std::vector<std::int32_t>{1, 600'000, 600'000, 600'000});
  CHECK(line_of<std::invalid_argument>([&] { source.take(1'000'001); }) ==
        "1000001 timestamps: write 1 to 1000000");
  CHECK_THROWS_AS(source.take(0), std::invalid_argument);
  CHECK(source.take(1'000'000).count == 1'000'000);
}

/// Timestamps each second, by `threads` that take `count` at a time.
double rate(TimestampSource& source, int threads, std::int32_t count) {
  std::atomic<bool> stop = false;
  std::atomic<std::int64_t> taken = 0;
  std::vector<std::thread> takers;
  const auto begun = std::chrono::steady_clock::now();
  for (int i = 0; i < threads; ++i) {
    takers.emplace_back([&] {
      std::int64_t mine = 0;
      for (; !stop; mine += count) source.take(count);
      taken += mine;
    });
  }
  std::this_thread::sleep_for(std::chrono::seconds(1));
  stop = true;
  for (std::thread& taker : takers) taker.join();
  return static_cast<double>(taken) /
         std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
}

TEST_CASE("how many timestamps a second", "[.][measure]") {
  LocalClock oracle;
  TimeHost host(oracle);
  for (const auto& [threads, count] :
       {std::pair{1, 1}, {8, 1}, {64, 1}, {256, 1}, {1, 1000}, {8, 1000}, {1, 100'000}}) {
    TimestampSource source(source_options({host.endpoint()}));
    const double per_second = rate(source, threads, count);
    const auto counters = source.counters();
    WARN(threads << " threads take(" << count << "): " << per_second / 1e6 << " M/s, "
                 << static_cast<double>(counters.timestamps) / static_cast<double>(counters.requests)
                 << " a request");
  }
}

}  // namespace
}  // namespace timeservice::client
