#include "server/time/oracle/timestamp_issuer.h"

#include <algorithm>
#include <limits>

#include "server/time/saturating.h"

namespace timeservice::oracle {
namespace {

constexpr std::int64_t kHighest = std::numeric_limits<std::int64_t>::max();

/// From this count on a call looks at BOOTTIME for its demand. Smaller ones cannot ask
/// for much in the 10 ms until the next look.
constexpr std::int32_t kLargeCount = 1000;

/// Half of it must hold the largest count, MAX_TIMESTAMPS: else a call could be too large for
/// what is left of a window that is not yet to be extended.
constexpr std::int64_t kLeastReserve_ns = 4'000'000;

}  // namespace

TimestampIssuer::TimestampIssuer(const clock::Clock& clock, std::int64_t watermark,
                                 std::chrono::nanoseconds window, std::chrono::nanoseconds max_jump)
    : clock_(clock),
      window_ns_(window.count()),
      reserve_ns_(std::max(window.count() / 10, kLeastReserve_ns)),
      last_(watermark),
      watermark_(watermark),
      now_(look_at(clock)),
      guard_(max_jump, now_),
      limit_(now_.boot) {}

TimestampIssuer::Result TimestampIssuer::issue(std::int32_t count, clock::WallTime wall) {
  clock::BootTime boot = guard_.seen();
  std::chrono::nanoseconds wait = limit_.wait(count, boot);
  if (count >= kLargeCount || wait.count() > 0 || !guard_.follows(wall)) {
    wall = look();
    boot = now_.boot;
    wait = limit_.wait(count, boot);
  }
  if (wait.count() > 0) return {Result::kExhausted, 0, wait};
  if (last_ == kHighest) return {Result::kUsedUp, 0, {}};
  const std::int64_t first = std::max(last_ + 1, wall.ns);
  if (first > kHighest - (count - 1)) return {Result::kUsedUp, 0, {}};
  const std::int64_t last = first + (count - 1);
  if (last > watermark_) return {Result::kNeedsWatermark, 0, {}};
  last_ = last;
  limit_.take(count, boot);
  return {Result::kIssued, first, {}};
}

std::optional<std::int64_t> TimestampIssuer::wanted() {
  const std::int64_t now = look().ns;
  const bool late = saturating_subtract(watermark_, now) < window_ns_ / 2;
  if (!late && !short_of_reserve()) return std::nullopt;
  const std::int64_t watermark =
      std::max(saturating_add(now, window_ns_), saturating_add(last_, reserve_ns_));
  if (watermark <= watermark_) return std::nullopt;
  return watermark;
}

void TimestampIssuer::extended(std::int64_t watermark) { watermark_ = std::max(watermark_, watermark); }

std::chrono::nanoseconds TimestampIssuer::until_half() {
  return std::chrono::nanoseconds(
      saturating_subtract(saturating_subtract(watermark_, look().ns), window_ns_ / 2));
}

bool TimestampIssuer::needs_watermark() {
  return last_ == kHighest || std::max(last_ + 1, look().ns) > watermark_;
}

void TimestampIssuer::trust(const clock::BoundedTime& time) { guard_.trust(time, look_at(clock_)); }

clock::WallTime TimestampIssuer::look() {
  now_ = look_at(clock_);
  return guard_.look(now_, last_);
}

}  // namespace timeservice::oracle
