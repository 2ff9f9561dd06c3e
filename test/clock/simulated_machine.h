#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "server/time/clock/clock.h"
#include "test/clock/manual_machine.h"

namespace timeservice::clock::test {

/// What happens to a simulated machine. Times in nanoseconds, rates in 10^-9.
struct SimulationPlan {
  /// The oscillator's rate stays within this of the true one, most of the time at an end.
  std::int64_t drift_ppb = 500'000;
  /// And within this while no daemon runs.
  std::int64_t wild_drift_ppb = 500'000;
  /// What the daemon assumes its clock's drift to be.
  std::int64_t assumed_ppb = 500'000;
  /// Between two measurements of the daemon, at most.
  std::int64_t longest_poll = 64 * kSecond;
  /// How far off a measurement can be, at most; it often is.
  std::int64_t largest_error = 10 * kMs;
  /// The daemon corrects larger errors than this by a step.
  std::int64_t largest_slew = 100 * kMs;
  std::int64_t slew_ppb = 500'000;
  /// Every so often, on average; 0: never. Somebody sets the clock; by this, at most.
  std::int64_t step_every = 0;
  std::int64_t largest_step = 3600 * kSecond;
  std::int64_t smallest_step = kUs;
  /// The daemon dies, and comes back as long after.
  std::int64_t death_every = 0;
  /// The machine sleeps for up to a minute, and wakes up to a second off.
  std::int64_t sleep_every = 0;
};

/// A machine with a clock that drifts and a daemon that disciplines it, and the true time
/// that nobody on it knows. Reading its clocks takes time, sometimes much: the reader is
/// preempted, and the world goes on. The same seed gives the same life. One thread.
class SimulatedMachine : public Clock {
 public:
  SimulatedMachine(const SimulationPlan& plan, std::uint64_t seed);

  WallTime wall() const override;
  MonotonicTime monotonic() const override;
  BootTime boot() const override;

  void pass(std::int64_t ns);
  /// A number from `low` to `high` whose logarithm is evenly spread.
  std::int64_t some(std::int64_t low, std::int64_t high);
  bool chance(double p) { return std::uniform_real_distribution<double>()(random_) < p; }

  /// The kernel, in which the daemon keeps its bound; and the daemon as chronyd.
  KernelReading kernel() const;
  bool ask(const ChronyRequest& request, const ChronyTake& take);

  /// The wall clock's error when it read `wall`, the last time that it did.
  std::int64_t error_at(WallTime wall) const;
  std::int64_t error() const { return now_.boot + now_.offset - now_.truth; }
  std::int64_t boot_ns() const { return now_.boot; }
  void forget_readings() { readings_.clear(); }

  int steps = 0;
  int measurements = 0;

 private:
  struct Now {
    std::int64_t boot = 1000 * kSecond;
    std::int64_t asleep = 0;
    /// The wall clock minus the boot clock.
    std::int64_t offset = kNoon;
    std::int64_t truth = kNoon + 1000 * kSecond;
    /// Of a nanosecond of truth, in 10^-9.
    std::int64_t truth_rest = 0;
  };
  struct Reading {
    std::int64_t wall;
    std::int64_t error;
  };

  void touch();
  void move(std::int64_t ns);
  void events();
  void measure();
  void set_clock(std::int64_t by);
  void change_rate();
  std::int64_t after(std::int64_t every);

  const SimulationPlan plan_;
  std::mt19937_64 random_;
  Now now_;
  std::vector<Reading> readings_;

  std::int64_t drift_ppb_ = 0;
  /// How far the clock is still to be set forward by slewing.
  std::int64_t to_slew_ = 0;
  std::int64_t slew_rest_ = 0;
  long maxerror_us_ = 16'000'000;

  bool running_ = true;
  bool measured_ = false;
  std::int64_t measured_error_ = 0;
  std::int64_t measured_at_ = 0;
  std::int64_t measured_wall_ = 0;

  std::int64_t next_measurement_ = 0;
  std::int64_t next_rate_ = 0;
  std::int64_t next_step_ = 0;
  std::int64_t next_death_ = 0;
  std::int64_t next_sleep_ = 0;
};

}  // namespace timeservice::clock::test
