#include <chrono>
#include <cstdio>
#include <memory>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "server/time/clock/system_clock.h"
#include "server/time/oracle/timestamp_oracle.h"
#include "test/oracle/fake_disk.h"

// oracle_speed: nanoseconds for a take(1) and for a reading of the wall clock alone, from
// one thread and from two. No test: figures for docs and for whoever changes the hot path.

namespace {

using namespace timeservice;
using Seconds = std::chrono::duration<double>;

constexpr int kCalls = 3'000'000;

template <typename Call>
double nanoseconds_each(int threads, Call call) {
  const auto start = std::chrono::steady_clock::now();
  std::vector<std::thread> running;
  for (int thread = 0; thread < threads; ++thread) {
    running.emplace_back([&] {
      for (int i = 0; i < kCalls; ++i) call();
    });
  }
  for (std::thread& thread : running) thread.join();
  return Seconds(std::chrono::steady_clock::now() - start).count() * 1e9 / kCalls / threads;
}

}  // namespace

int main() {
  const clock::SystemClock clock;
  test::FakeDisk disk;
  oracle::TimestampOracle oracle(clock, nullptr, std::make_unique<test::FakeStore>(disk), {});
  for (int threads = 1; threads <= 2; ++threads) {
    const double wall = nanoseconds_each(threads, [&] { return clock.wall(); });
    const double take = nanoseconds_each(threads, [&] { return oracle.take(1); });
    fmt::print("{} thread(s): wall clock {:.1f} ns, take(1) {:.1f} ns\n", threads, wall, take);
  }
}
