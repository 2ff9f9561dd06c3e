#include "server/time/clock/bounded_wall_clock.h"

#include <utility>

#include "server/time/clock/clock_reading.h"
#include "server/time/clock/leap_notice.h"
#include "server/time/clock/leap_table.h"
#include "server/time/clock/step_detector.h"
#include "server/time/saturating.h"

namespace timeservice::clock {
namespace {

constexpr int kTries = 4;
constexpr std::int64_t kLeap_ns = 1'000'000'000;
/// A reading that took longer, since its thread was preempted, is worth another try.
constexpr std::int64_t kSlow_ns = 100'000;

/// The clock, and what the source says of it.
struct Look {
  ClockReading reading;
  BoundSample sample;
  /// How long all of it took.
  std::int64_t took_ns = 0;
  /// Between the two the clock was not set: the sample is of the clock that was read.
  bool of_one_clock = false;
};

Look look(const Clock& clock, const BoundSource& source) {
  Look look;
  look.reading = ClockReading::take(clock);
  look.sample = source.sample(look.reading.after);
  const ClockReading again = ClockReading::take(clock);
  look.took_ns = saturating_subtract(again.after.ns, look.reading.before.ns);
  look.of_one_clock = again.wall_from_boot().beyond(look.reading.wall_from_boot()) == 0;
  return look;
}

bool has_bound(const BoundSample& sample) {
  return sample.state == ClockState::SYNCHRONIZED || sample.state == ClockState::HOLDOVER;
}

BoundedTime without_bound(WallTime now, ClockState::type state, const char* reason) {
  return {now, -1, state, reason};
}

}  // namespace

struct BoundedWallClock::State {
  State(const Clock& the_clock, std::unique_ptr<BoundSource> the_source, BoundOptions the_options)
      : clock(the_clock),
        source(std::move(the_source)),
        options(std::move(the_options)),
        leap_table(options.leap_seconds_list),
        steps(
            clock,
            [this](std::int64_t step_ns) { return source == nullptr || source->outlives_step(step_ns); },
            [this](WallTime wall) { return leap.at(wall, options.max_error.count()); }) {}

  /// What is to be promised of this look.
  BoundedTime judge(const Look& look, std::int64_t drifted_ns) const;

  const Clock& clock;
  const std::unique_ptr<BoundSource> source;
  const BoundOptions options;
  const LeapTable leap_table;
  LeapNotice leap;
  StepDetector steps;
};

BoundedWallClock::BoundedWallClock(const Clock& clock, std::unique_ptr<BoundSource> source,
                                   BoundOptions options)
    : state_(std::make_unique<State>(clock, std::move(source), std::move(options))) {}

BoundedWallClock::~BoundedWallClock() = default;

BoundedTime BoundedWallClock::read() {
  State& state = *state_;
  if (state.source == nullptr) {
    return without_bound(state.clock.wall(), ClockState::UNKNOWN, "no source of a bound is configured");
  }
  BoundedTime time;
  for (int tries = 1; tries <= kTries; ++tries) {
    const Look now = look(state.clock, *state.source);
    const StepDetector::Drifted drifted = state.steps.check(now.reading);
    if (now.of_one_clock && drifted.continuous) {
      // Without a bound a source knows of no leap second either: chronyd has none during it.
      if (has_bound(now.sample)) state.leap.announce(now.reading.wall, now.sample.pending_leap_s);
      time = state.judge(now, drifted.ns);
      if (now.took_ns <= kSlow_ns) return time;
    } else {
      time = without_bound(now.reading.wall, ClockState::UNSYNCHRONIZED, "the clock is being stepped");
    }
  }
  return time;
}

BoundedTime BoundedWallClock::State::judge(const Look& look, std::int64_t drifted_ns) const {
  const BoundSample& sample = look.sample;
  const WallTime now = look.reading.wall;
  if (!has_bound(sample)) return without_bound(now, sample.state, sample.reason);
  if (!steps.holds(sample.confirmed)) {
    return without_bound(now, ClockState::UNSYNCHRONIZED, source->without_confirmation());
  }
  // All that can happen to the clock while it is read, a slew at the kernel's 10 percent
  // included, is less than the time that this takes.
  std::int64_t error_ns = saturating_add(sample.error_ns, look.took_ns);
  if (drifted_ns != 0 && !source->outlives_step(drifted_ns)) {
    error_ns = saturating_add(error_ns, drifted_ns < 0 ? saturating_subtract(0, drifted_ns) : drifted_ns);
  }
  if (error_ns >= options.max_error.count()) {
    return without_bound(now, ClockState::UNSYNCHRONIZED,
                         "the bound on the clock's error has grown to --max-error");
  }
  if (leap.at(now, error_ns) != 0) error_ns = saturating_add(error_ns, kLeap_ns);
  return {now, error_ns, sample.state, ""};
}

BoundedTime BoundedWallClock::refresh() {
  if (state_->source != nullptr) state_->source->refresh();
  return read();
}

ClockStatus BoundedWallClock::status() {
  State& state = *state_;
  const BoundedTime time = read();
  ClockStatus status;
  status.now_ns = time.now.ns;
  status.state = time.state;
  status.error_ns = time.error_ns;
  status.steps = state.steps.steps();
  status.pending_leap_s = state.leap.pending(time.now);
  status.tai_offset_s = state.leap_table.tai_offset_s(time.now);
  if (state.source != nullptr) {
    status.bound_source = state.source->name();
    if (status.tai_offset_s == 0) status.tai_offset_s = state.source->sample(state.clock.boot()).tai_offset_s;
  }
  return status;
}

}  // namespace timeservice::clock
