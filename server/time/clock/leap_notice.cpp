#include "server/time/clock/leap_notice.h"

#include "server/time/saturating.h"

namespace timeservice::clock {
namespace {

constexpr std::int64_t kSecond_ns = 1'000'000'000;
constexpr std::int64_t kDay_ns = 86'400 * kSecond_ns;
/// How long after midnight an announcement is still taken for the day before.
constexpr std::int64_t kLate_ns = 10 * kSecond_ns;
/// For chronyd, which is asked once a second, to tell that the leap second is over.
constexpr std::int64_t kSettled_ns = 2 * kSecond_ns;

struct Notice {
  std::int64_t midnight_day = 0;
  std::int32_t sign = 0;
};

std::int64_t pack(const Notice& notice) {
  return notice.sign == 0 ? 0 : notice.midnight_day * 4 + notice.sign + 2;
}

Notice unpack(std::int64_t word) {
  if (word == 0) return {};
  const std::int64_t low = word & 3;
  return {(word - low) / 4, static_cast<std::int32_t>(low - 2)};
}

std::int64_t floor_day(std::int64_t ns) { return ns / kDay_ns - (ns % kDay_ns < 0 ? 1 : 0); }

/// The midnight that an announcement at this moment is of.
std::int64_t midnight_of(WallTime wall) { return floor_day(saturating_subtract(wall.ns, kLate_ns)) + 1; }

}  // namespace

void LeapNotice::announce(WallTime wall, std::int32_t pending_leap_s) {
  const std::int64_t known = notice_.load(std::memory_order_relaxed);
  const std::int64_t midnight = midnight_of(wall);
  std::int64_t word = pack({midnight, pending_leap_s});
  // Just after midnight silence means that it is over, not that there was none.
  const bool just_over = floor_day(wall.ns) == midnight;
  if (word == 0 && just_over && unpack(known).midnight_day == midnight) word = known;
  if (word != known) notice_.store(word, std::memory_order_relaxed);
}

std::int32_t LeapNotice::pending(WallTime wall) const {
  const Notice notice = unpack(notice_.load(std::memory_order_relaxed));
  return floor_day(wall.ns) + 1 == notice.midnight_day ? notice.sign : 0;
}

std::int32_t LeapNotice::at(WallTime wall, std::int64_t error_ns) const {
  const Notice notice = unpack(notice_.load(std::memory_order_relaxed));
  if (notice.sign == 0) return 0;
  std::int64_t midnight = 0;
  if (__builtin_mul_overflow(notice.midnight_day, kDay_ns, &midnight)) return 0;
  const std::int64_t first = saturating_subtract(midnight, saturating_add(kSecond_ns, error_ns));
  const std::int64_t last = saturating_add(midnight, saturating_add(kSettled_ns, error_ns));
  return wall.ns >= first && wall.ns <= last ? notice.sign : 0;
}

}  // namespace timeservice::clock
