#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>

#include "server/time/clock/clock_reading.h"
#include "server/time/clock/published.h"

namespace timeservice::clock {

/// Notices that the wall clock was set, or that the machine slept. Any thread; readings
/// that agree with what went before cost no lock and no write.
class StepDetector {
 public:
  /// Whether the bound on the clock's error outlives a step of so many nanoseconds.
  using Outlives = std::function<bool(std::int64_t step_ns)>;
  /// The leap second that is announced for the reading's moment: +1, -1 or 0.
  using Leap = std::function<int(WallTime wall)>;

  /// `clock` outlives this.
  StepDetector(const Clock& clock, Outlives outlives, Leap leap);

  /// How far the reading is beyond what went before, in nanoseconds: smaller steps than are
  /// worth counting, which the caller has to add to the error.
  struct Drifted {
    /// False: the clock was set since, and the reading is of neither clock for sure. Read anew.
    bool continuous = true;
    std::int64_t ns = 0;
  };
  Drifted check(const ClockReading& reading);

  /// Whether a bound holds whose source confirmed the clock at that time. Ask after check().
  bool holds(BootTime confirmed) const;
  /// Steps seen. A leap second is none.
  std::int64_t steps() const { return steps_.load(std::memory_order_relaxed); }

 private:
  struct Baseline {
    Difference wall_from_boot;
    Difference asleep;
  };

  static ClockReading tightest(const Clock& clock);
  static Baseline baseline_of(const ClockReading& reading) {
    return {reading.wall_from_boot(), reading.asleep()};
  }
  static bool agrees(const Baseline& baseline, const ClockReading& reading);
  void rebase();

  const Clock& clock_;
  const Outlives outlives_;
  const Leap leap_;
  std::mutex mutex_;
  std::atomic<std::int64_t> broken_ns_;
  std::atomic<std::int64_t> steps_ = 0;
  Published<Baseline> baseline_;
};

}  // namespace timeservice::clock
