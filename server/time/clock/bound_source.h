#pragma once

#include <cstdint>

#include "server/time/clock/bound_options.h"
#include "server/time/clock/clock.h"
#include "time_service_types.h"

namespace timeservice::clock {

/// What a source says of the wall clock.
struct BoundSample {
  /// SYNCHRONIZED and HOLDOVER come with a bound, the others without.
  ClockState::type state = ClockState::UNKNOWN;
  /// |wall clock - true time| is at most this, in nanoseconds; -1 without a bound.
  std::int64_t error_ns = -1;
  /// The clock was last confirmed from outside no earlier than this.
  BootTime confirmed = {};
  /// As in ClockStatus, as far as the source knows.
  std::int32_t pending_leap_s = 0;
  /// TAI - UTC as the kernel was told it, or 0.
  std::int32_t tai_offset_s = 0;
  /// Why there is no bound, for the user: what is wrong and what to do. Static.
  const char* reason = "";
};

/// Where a bound on the wall clock's error comes from. Any thread; sample() neither
/// waits nor takes a lock, refresh() is one thread's.
class BoundSource {
 public:
  virtual ~BoundSource() = default;

  /// As in ClockStatus.bound_source. Static.
  virtual const char* name() const = 0;
  /// What holds at `now`, which was read after the wall clock: the error only grows
  /// from there.
  virtual BoundSample sample(BootTime now) const = 0;
  /// Asks whom the source asks. Called about once a second; may wait some hundred ms.
  virtual void refresh() {}
  /// Whether the bound given by this source still holds after the wall clock was set by
  /// `step_ns`. If not, there is none until the source has confirmed the clock again.
  virtual bool outlives_step(std::int64_t step_ns) const = 0;
  /// For the user, while it has not done so. Static.
  virtual const char* without_confirmation() const {
    return "the clock was stepped, or the machine slept, and its source has not confirmed it since";
  }
};

}  // namespace timeservice::clock
