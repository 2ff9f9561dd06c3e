#include "server/time/clock/step_detector.h"

#include <limits>
#include <utility>

namespace timeservice::clock {
namespace {

/// From here on a deviation is a step. On Linux any is; elsewhere the two clocks may be
/// kept apart and wander a little.
constexpr std::int64_t kStep_ns = 1'000'000;
constexpr std::int64_t kLeap_ns = 1'000'000'000;

/// For when the clock was broken: never.
constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::min();

bool within_tolerance(std::int64_t ns) { return ns > -kStep_ns && ns < kStep_ns; }

}  // namespace

StepDetector::StepDetector(const Clock& clock, Outlives outlives, Leap leap)
    : clock_(clock),
      outlives_(std::move(outlives)),
      leap_(std::move(leap)),
      broken_ns_(kNever),
      baseline_(baseline_of(tightest(clock))) {}

StepDetector::Drifted StepDetector::check(const ClockReading& reading) {
  const Baseline baseline = baseline_.load();
  if (agrees(baseline, reading)) return {true, reading.wall_from_boot().beyond(baseline.wall_from_boot)};
  rebase();
  return {false, 0};
}

bool StepDetector::holds(BootTime confirmed) const {
  const std::int64_t broken = broken_ns_.load(std::memory_order_acquire);
  return broken == kNever || confirmed.ns > broken;
}

bool StepDetector::agrees(const Baseline& baseline, const ClockReading& reading) {
  return within_tolerance(reading.wall_from_boot().beyond(baseline.wall_from_boot)) &&
         within_tolerance(reading.asleep().beyond(baseline.asleep));
}

void StepDetector::rebase() {
  const std::lock_guard lock(mutex_);
  // Another thread may have been here since: then what is read now agrees.
  const ClockReading now = tightest(clock_);
  const Baseline old = baseline_.load();
  if (agrees(old, now)) return;

  const std::int64_t step = now.wall_from_boot().beyond(old.wall_from_boot);
  const std::int64_t leap_ns = -leap_(now.wall) * kLeap_ns;
  const bool is_leap = leap_ns != 0 && within_tolerance(saturating_subtract(step, leap_ns));
  const bool slept = !within_tolerance(now.asleep().beyond(old.asleep));
  const bool stepped = !within_tolerance(step) && !is_leap;
  if (stepped) steps_.fetch_add(1, std::memory_order_relaxed);
  // A moment after the new baseline was read, so that no step is between the two; and
  // stored before it, so that who finds a reading to agree with it knows since when.
  if (slept || (stepped && !outlives_(step))) broken_ns_.store(clock_.boot().ns, std::memory_order_release);
  Baseline baseline = baseline_of(now);
  // Nobody confirms the clock for a leap second: small steps before it still count.
  if (is_leap) baseline.wall_from_boot = old.wall_from_boot.moved(leap_ns);
  baseline_.store(baseline);
}

/// Of several, since a preemption widens one.
ClockReading StepDetector::tightest(const Clock& clock) {
  ClockReading best = ClockReading::take(clock);
  for (int i = 0; i < 4; ++i) {
    const ClockReading next = ClockReading::take(clock);
    if (next.after.ns - next.before.ns < best.after.ns - best.before.ns) best = next;
  }
  return best;
}

}  // namespace timeservice::clock
