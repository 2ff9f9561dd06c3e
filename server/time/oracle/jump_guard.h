#pragma once

#include <chrono>
#include <cstdint>

#include "server/time/clock/bounded_wall_clock.h"
#include "server/time/clock/clock.h"
#include "server/time/oracle/clock_look.h"

namespace timeservice::oracle {

/// Which clock the timestamps follow: the wall clock, but not over a jump forward. A
/// glitch to the year 2036 would else be for ever, since timestamps never go back.
///
/// A jump is what the wall clock went forward more than BOOTTIME did since the last
/// look at both. Over one larger than `max_jump` the guard holds: its clock is then the
/// one before the jump, going on at the rate of BOOTTIME, until the wall clock is back
/// within `max_jump` of that or is trusted again (see trust()). Steps back need no
/// guard: they are what "one more than the last" is for. One thread at a time.
class JumpGuard {
 public:
  JumpGuard(std::chrono::nanoseconds max_jump, const ClockLook& start);

  /// Whether this reading of the wall clock can be followed without a look at BOOTTIME:
  /// the wall clock cannot have jumped further than it went forward. So one clock is
  /// read for a call, not two, and looks are needed a hundred times a second.
  bool follows(clock::WallTime wall) const {
    return !holding_ && wall.ns >= seen_.wall.ns && wall.ns - seen_.wall.ns <= look_again_ns_;
  }

  /// The clock to follow, after a look at both. A wall clock within `max_jump` of
  /// `handed_out`, the highest timestamp so far, is followed whatever it did: it takes
  /// the timestamps no further than a small jump. So one that is put back by an hour
  /// and then returns is not held.
  clock::WallTime look(const ClockLook& now, std::int64_t handed_out);

  /// Ends a hold where `time`, read just before `now`, is SYNCHRONIZED and its error
  /// bound not above `max_jump`. True time is then less than `max_jump` behind the wall
  /// clock, so the jump, which is larger, was at least in part a correction, and to follow it takes
  /// the timestamps at most `max_jump` into the future. Any other state, also UNKNOWN,
  /// proves nothing.
  void trust(const clock::BoundedTime& time, const ClockLook& now);

  bool holding() const { return holding_; }
  /// How far the wall clock was ahead of the clock followed at the last look; 0 if it
  /// is followed.
  std::chrono::nanoseconds jump() const { return std::chrono::nanoseconds(jump_ns_); }
  /// BOOTTIME at the last look at which the wall clock was followed.
  clock::BootTime seen() const { return seen_.boot; }

 private:
  void follow(const ClockLook& now);

  const std::int64_t max_jump_ns_;
  const std::int64_t look_again_ns_;
  ClockLook seen_;
  bool holding_ = false;
  std::int64_t jump_ns_ = 0;
};

}  // namespace timeservice::oracle
