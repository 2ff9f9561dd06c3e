#include "server/time/zone/zone_conversion.h"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "server/time/zone/bad_request.h"
#include "server/time/zone/text_cursor.h"
#include "server/time/zone/time_format.h"
#include "server/time/zone/time_reader.h"
#include "server/time/zone/time_writer.h"
#include "time_service_constants.h"

namespace timeservice::zone {
namespace {

constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;
// numpy and pandas mean "no time" by it.
constexpr std::int64_t kNoInstant = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kLatest = std::numeric_limits<std::int64_t>::max();

/// Of a LocalTime in binary, beside its texts.
constexpr std::size_t kOtherBytes = 22;

void check_size(std::size_t items) {
  const auto most = static_cast<std::size_t>(g_time_service_constants.MAX_BATCH);
  if (items > most) {
    refuse(BadRequestCode::TOO_MANY,
           fmt::format("the list has {} items, {} at most are allowed", items, most));
  }
}

/// Rounds down.
std::pair<std::int64_t, std::int32_t> split(std::int64_t instant_ns) {
  std::int64_t seconds = instant_ns / kNanosecondsPerSecond;
  std::int64_t rest = instant_ns % kNanosecondsPerSecond;
  if (rest < 0) {
    --seconds;
    rest += kNanosecondsPerSecond;
  }
  return {seconds, static_cast<std::int32_t>(rest)};
}

/// The nearest instant there is.
std::int64_t saturated_ns(std::int64_t unix_s) {
  std::int64_t ns = 0;
  if (!__builtin_mul_overflow(unix_s, kNanosecondsPerSecond, &ns)) return ns;
  return unix_s < 0 ? kNoInstant : kLatest;
}

/// False if there is no such instant.
bool join(std::int64_t unix_s, std::int32_t nanosecond, std::int64_t& instant_ns) {
  // Towards zero, so that the earliest second, which is not whole, does not overflow.
  std::int64_t rest = nanosecond;
  if (unix_s < 0) {
    ++unix_s;
    rest -= kNanosecondsPerSecond;
  }
  return !__builtin_mul_overflow(unix_s, kNanosecondsPerSecond, &instant_ns) &&
         !__builtin_add_overflow(instant_ns, rest, &instant_ns) && instant_ns != kNoInstant;
}

/// What was asked of from_local, for its error messages.
struct Item {
  const std::string& zone;
  const std::string& text;
  std::int32_t index;
};

[[noreturn]] void refuse_item(BadRequestCode::type code, const Item& item, const std::string& why) {
  refuse(code, fmt::format("{}: {}", in_quotes(item.text), why), item.index);
}

[[noreturn]] void refuse_local(const Item& item, const Resolution& resolution) {
  const std::string zone = item.zone.empty() ? "UTC" : item.zone;
  std::string before, after;
  write_offset(before, resolution.before_offset_s, true);
  write_offset(after, resolution.after_offset_s, true);
  if (resolution.kind == LocalKind::SKIPPED) {
    refuse_item(
        BadRequestCode::NONEXISTENT_TIME, item,
        fmt::format("{} skips this local time, where its UTC offset goes from {} to {}: give a policy other "
                    "than REJECT, or another time",
                    zone, before, after));
  }
  refuse_item(
      BadRequestCode::AMBIGUOUS_TIME, item,
      fmt::format("{} has this local time twice, by the UTC offset {} and by {}: give a policy other than "
                  "REJECT, or the offset in the text",
                  zone, before, after));
}

/// The offset that the policy picks.
std::int32_t choose(const Resolution& resolution, Disambiguation::type policy, const Item& item) {
  if (resolution.kind == LocalKind::UNIQUE) return resolution.before_offset_s;
  const bool skipped = resolution.kind == LocalKind::SKIPPED;
  // The offset before a gap moves a time in it forward, the one after it back.
  switch (policy) {
    case Disambiguation::COMPATIBLE:
      return resolution.before_offset_s;
    case Disambiguation::EARLIER:
      return skipped ? resolution.after_offset_s : resolution.before_offset_s;
    case Disambiguation::LATER:
      return skipped ? resolution.before_offset_s : resolution.after_offset_s;
    default:
      refuse_local(item, resolution);  // REJECT, and any number that has no name
  }
}

ResolvedTime resolve(const Zone& zone, const TextTime& time, Disambiguation::type policy, const Item& item) {
  ResolvedTime result;
  result.kind = LocalKind::UNIQUE;
  if (time.offset_s) {
    result.utc_offset_s = *time.offset_s;
  } else {
    const Resolution resolution = zone.resolve(time.local_s);
    result.kind = resolution.kind;
    result.utc_offset_s = choose(resolution, policy, item);
  }
  if (!join(time.local_s - result.utc_offset_s, time.nanosecond, result.instant_ns)) {
    refuse_item(BadRequestCode::OUT_OF_RANGE, item,
                "an instant is from 1677-09-21T00:12:43.145224193Z to 2262-04-11T23:47:16.854775807Z");
  }
  return result;
}

/// Before any of them is written: the last one may be bad.
void check_instants(const std::vector<std::int64_t>& instants_ns) {
  const auto bad = std::find(instants_ns.begin(), instants_ns.end(), kNoInstant);
  if (bad == instants_ns.end()) return;
  refuse(BadRequestCode::OUT_OF_RANGE, "-2^63 is no instant",
         static_cast<std::int32_t>(bad - instants_ns.begin()));
}

void check_instant(std::int64_t instant_ns, const char* name) {
  if (instant_ns == kNoInstant) {
    refuse(BadRequestCode::OUT_OF_RANGE, fmt::format("{} is -2^63, which is no instant", name));
  }
}

}  // namespace

void to_local(std::vector<LocalTime>& local_times, const ZoneCatalog& catalog,
              const std::vector<std::int64_t>& instants_ns, const std::string& zone,
              const std::string& format, std::size_t most_bytes) {
  check_size(instants_ns.size());
  const Zone& of_zone = catalog.find(zone);
  const TimeFormat writing(format);
  check_instants(instants_ns);
  local_times.clear();
  local_times.resize(instants_ns.size());
  std::string text;
  std::size_t period_index = 0;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < instants_ns.size(); ++i) {
    const auto [second, nanosecond] = split(instants_ns[i]);
    period_index = of_zone.period_at(second, period_index);
    const Period& period = of_zone.periods()[period_index];
    text.clear();
    write_time(text, writing, {second, nanosecond, period.wall.offset_s, period.wall.abbreviation});
    local_times[i].text = text;
    local_times[i].utc_offset_s = period.wall.offset_s;
    local_times[i].abbreviation = period.wall.abbreviation;
    bytes += text.size() + period.wall.abbreviation.size() + kOtherBytes;
    if (bytes > most_bytes) {
      refuse(BadRequestCode::TOO_MANY,
             fmt::format(
                 "the reply would be larger than {} bytes after {} of {} instants: ask for fewer at once, or "
                 "for a shorter format",
                 most_bytes, i, instants_ns.size()));
    }
  }
}

void from_local(std::vector<ResolvedTime>& resolved, const ZoneCatalog& catalog,
                const std::vector<std::string>& texts, const std::string& zone, const std::string& format,
                Disambiguation::type policy) {
  check_size(texts.size());
  const Zone& of_zone = catalog.find(zone);
  const TimeFormat reading(format);
  const TimeReader reader(reading);
  resolved.clear();
  resolved.reserve(texts.size());
  for (const std::string& text : texts) {
    const Item item = {zone, text, static_cast<std::int32_t>(resolved.size())};
    TextTime time;
    try {
      time = reader.read(text);
    } catch (const TextError& error) {
      refuse_item(BadRequestCode::BAD_TEXT, item, error.what());
    }
    resolved.push_back(resolve(of_zone, time, policy, item));
  }
}

void zone_periods(std::vector<ZonePeriod>& periods, const ZoneCatalog& catalog, const std::string& zone,
                  std::int64_t from_ns, std::int64_t until_ns) {
  const std::vector<Period>& all = catalog.find(zone).periods();
  check_instant(from_ns, "from_ns");
  check_instant(until_ns, "until_ns");
  periods.clear();
  for (std::size_t i = 0; i < all.size() && from_ns < until_ns; ++i) {
    ZonePeriod period;
    period.start_ns = std::max(from_ns, saturated_ns(all[i].start_s));
    period.end_ns = i + 1 < all.size() ? std::min(until_ns, saturated_ns(all[i + 1].start_s)) : until_ns;
    if (period.start_ns >= period.end_ns) continue;
    period.utc_offset_s = all[i].wall.offset_s;
    period.abbreviation = all[i].wall.abbreviation;
    periods.push_back(std::move(period));
  }
}

}  // namespace timeservice::zone
