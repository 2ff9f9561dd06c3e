#include "server/time/oracle/jump_guard.h"

#include <algorithm>

#include "server/time/saturating.h"

namespace timeservice::oracle {
namespace {

constexpr std::int64_t kLookAgain_ns = 10'000'000;

}  // namespace

JumpGuard::JumpGuard(std::chrono::nanoseconds max_jump, const ClockLook& start)
    : max_jump_ns_(max_jump.count()),
      look_again_ns_(std::min(kLookAgain_ns, max_jump.count())),
      seen_(start) {}

clock::WallTime JumpGuard::look(const ClockLook& now, std::int64_t handed_out) {
  // How long the wall clock should have gone on, by the clock that is never set.
  const std::int64_t passed = saturating_subtract(now.boot.ns, seen_.boot.ns);
  const clock::WallTime expected{saturating_add(seen_.wall.ns, passed)};
  const bool small = saturating_subtract(now.wall.ns, expected.ns) <= max_jump_ns_;
  if (small || now.wall.ns <= saturating_add(handed_out, max_jump_ns_)) {
    follow(now);
    return now.wall;
  }
  holding_ = true;
  jump_ns_ = saturating_subtract(now.wall.ns, expected.ns);
  return expected;
}

void JumpGuard::trust(const clock::BoundedTime& time, const ClockLook& now) {
  if (!holding_ || time.state != ClockState::SYNCHRONIZED) return;
  if (time.error_ns < 0 || time.error_ns > max_jump_ns_) return;
  // The wall clock that was vouched for must be the one that is followed.
  if (saturating_subtract(now.wall.ns, time.now.ns) > max_jump_ns_) return;
  follow(now);
}

void JumpGuard::follow(const ClockLook& now) {
  seen_ = now;
  holding_ = false;
  jump_ns_ = 0;
}

}  // namespace timeservice::oracle
