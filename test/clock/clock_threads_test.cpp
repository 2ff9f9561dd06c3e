#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "server/time/clock/bounded_wall_clock.h"
#include "server/time/clock/clock_watch.h"
#include "server/time/clock/system_clock.h"
#include "test/clock/manual_machine.h"
#include "test/support/catch.h"

namespace timeservice::clock {
namespace {

using namespace test;

/// The machine's clocks, of which the wall clock is set by a test.
class SetClock : public Clock {
 public:
  WallTime wall() const override { return {system_.wall().ns + shift_ns.load()}; }
  MonotonicTime monotonic() const override { return system_.monotonic(); }
  BootTime boot() const override { return system_.boot(); }

  std::atomic<std::int64_t> shift_ns = 0;

 private:
  SystemClock system_;
};

/// Always has a bound, which the test confirms.
class ConfirmedSource : public BoundSource {
 public:
  explicit ConfirmedSource(const std::atomic<std::int64_t>& confirmed_ns) : confirmed_ns_(confirmed_ns) {}
  const char* name() const override { return "confirmed"; }
  BoundSample sample(BootTime) const override {
    return {.state = ClockState::SYNCHRONIZED, .error_ns = kMs, .confirmed = {confirmed_ns_.load()}};
  }
  bool outlives_step(std::int64_t) const override { return false; }

 private:
  const std::atomic<std::int64_t>& confirmed_ns_;
};

TEST_CASE("threads that read while the clock is set see each step, once, and no bound before it is confirmed",
          "[clock]") {
  constexpr int kSteps = 300;
  SetClock clock;
  std::atomic<std::int64_t> confirmed_ns = clock.boot().ns;
  BoundedWallClock bounded(clock, std::make_unique<ConfirmedSource>(confirmed_ns), {});
  // Odd while a step is not confirmed, negative while that changes.
  std::atomic<int> phase = 0;
  std::atomic<bool> go_on = true;
  std::atomic<int> promised = 0;
  std::atomic<int> refused = 0;
  std::atomic<int> wrong = 0;
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      while (go_on) {
        const int before = phase;
        const BoundedTime time = bounded.read();
        if (before < 0 || phase != before) continue;
        const bool has_bound = time.error_ns >= 0;
        ++(has_bound ? promised : refused);
        if (has_bound != (before % 2 == 0)) ++wrong;
      }
    });
  }
  for (int i = 1; i <= kSteps; ++i) {
    phase = -i;
    clock.shift_ns += (i % 3 == 0 ? -40 : 20) * kMs;
    CHECK(bounded.read().error_ns == -1);
    CHECK(bounded.status().steps == i);
    phase = 2 * i - 1;
    while (refused < 10 * i) std::this_thread::yield();
    phase = -i;
    confirmed_ns = clock.boot().ns;
    phase = 2 * i;
    CHECK(bounded.read().error_ns >= 0);
    while (promised < 10 * i) std::this_thread::yield();
  }
  go_on = false;
  for (std::thread& reader : readers) reader.join();
  CHECK(wrong == 0);
  CHECK(bounded.status().steps == kSteps);
}

TEST_CASE("a watch refreshes the clock before it is made, and ends at once", "[clock]") {
  struct Counting : BoundSource {
    explicit Counting(std::atomic<int>& count) : refreshed(count) {}
    const char* name() const override { return "counting"; }
    BoundSample sample(BootTime) const override { return {}; }
    void refresh() override { ++refreshed; }
    bool outlives_step(std::int64_t) const override { return false; }
    std::atomic<int>& refreshed;
  };
  const SystemClock clock;
  std::atomic<int> refreshed = 0;
  BoundedWallClock bounded(clock, std::make_unique<Counting>(refreshed), {});
  {
    const ClockWatch watch(bounded);
    CHECK(refreshed == 1);
    while (refreshed < 2) std::this_thread::yield();
  }
  for (int i = 0; i < 100; ++i) const ClockWatch watch(bounded);
  CHECK(refreshed >= 102);
}

}  // namespace
}  // namespace timeservice::clock
