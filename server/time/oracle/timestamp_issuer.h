#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "server/time/clock/bounded_wall_clock.h"
#include "server/time/clock/clock.h"
#include "server/time/oracle/demand_limit.h"
#include "server/time/oracle/jump_guard.h"

namespace timeservice::oracle {

/// The rule by which timestamps are handed out, without threads and without a store:
///
///     first = max(last + 1, clock);  last = first + count - 1;  last <= watermark
///
/// `last + 1` makes them unique and increasing, whatever the clock does; the clock keeps
/// them near the time; the watermark, which is durable before it counts here, makes
/// that hold for the process that comes after this one. One thread at a time.
class TimestampIssuer {
 public:
  struct Result {
    enum Outcome {
      kIssued,
      /// The watermark is in the way: write the one that wanted() tells, then again.
      kNeedsWatermark,
      /// More than nanoseconds went by: again after `wait`.
      kExhausted,
      /// There are no 64-bit numbers left.
      kUsedUp
    };
    Outcome outcome = kUsedUp;
    std::int64_t first = 0;
    std::chrono::nanoseconds wait{0};
  };

  /// `watermark` is what the store held: no timestamp up to it is handed out, since the
  /// process before may have done so. None is until extended() is called.
  TimestampIssuer(const clock::Clock& clock, std::int64_t watermark, std::chrono::nanoseconds window,
                  std::chrono::nanoseconds max_jump);

  /// `wall` is a reading of the wall clock from this call; one that is too old, since the
  /// thread waited, is noticed.
  Result issue(std::int32_t count, clock::WallTime wall);

  /// The watermark to write now, always above the current one, or nothing. It is a window
  /// ahead of the clock, and wanted when half of that is left. Where timestamps are
  /// ahead of the clock, which each crash makes them, it is only the reserve ahead of the
  /// last one, or a server that crashes over and over would run away by a window each time.
  std::optional<std::int64_t> wanted();
  /// `watermark` is durable.
  void extended(std::int64_t watermark);

  /// Whether so much was handed out that wanted() has something to tell before its time.
  bool short_of_reserve() const { return watermark_ - last_ < reserve_ns_ / 2; }
  /// How long until the clock has used half of the window.
  std::chrono::nanoseconds until_half();
  /// Whether the next timestamp would be above the watermark.
  bool needs_watermark();

  /// No timestamp up to now is above it.
  std::int64_t last() const { return last_; }
  std::int64_t watermark() const { return watermark_; }
  const JumpGuard& guard() const { return guard_; }
  /// See JumpGuard::trust().
  void trust(const clock::BoundedTime& time);

 private:
  clock::WallTime look();

  const clock::Clock& clock_;
  const std::int64_t window_ns_;
  const std::int64_t reserve_ns_;
  std::int64_t last_;
  std::int64_t watermark_;
  ClockLook now_;
  JumpGuard guard_;
  DemandLimit limit_;
};

}  // namespace timeservice::oracle
