#pragma once

#include <cstdint>
#include <memory>

#include "server/time/clock/bound_source.h"
#include "server/time/clock/clock.h"
#include "time_service_types.h"

namespace timeservice::clock {

/// The wall clock and how far it may be off.
struct BoundedTime {
  WallTime now;
  /// |now - true time| is at most this, in nanoseconds; -1 if nothing can be promised.
  std::int64_t error_ns = -1;
  ClockState::type state = ClockState::UNKNOWN;
  /// Why nothing can be promised, and what to do; else "". Static.
  const char* reason = "";
};

/// The wall clock, with a bound on its error from a source. Any thread.
///
/// A step of the wall clock withdraws the bound until the source has confirmed the clock
/// again, unless the source says that its bound outlives it. Around an announced leap
/// second a second is added. A ClockWatch keeps it up to date.
class BoundedWallClock {
 public:
  /// `clock` outlives this. Without a source nothing is promised.
  BoundedWallClock(const Clock& clock, std::unique_ptr<BoundSource> source, BoundOptions options);
  ~BoundedWallClock();

  /// Some ten clock readings and what the source costs; waits for nobody. The promise is of
  /// the moment at which the wall clock was read, which is during the call.
  BoundedTime read();
  /// All of the clock's part of get_status(). Never throws, never waits.
  ClockStatus status();

  /// Asks the source, looks whether the clock was stepped, and reads. One thread's, about
  /// once a second; may wait some hundred ms.
  BoundedTime refresh();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace timeservice::clock
