#include "server/time/zone/zone.h"

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "server/time/zone/civil_date.h"

namespace timeservice::zone {
namespace {

constexpr std::int64_t kDay_s = 86400;
constexpr std::int64_t kAlways = std::numeric_limits<std::int64_t>::min();
// The years that instants lie in, and one more on either side for what is near the ends.
constexpr std::int32_t kFirstYear = 1676;
constexpr std::int32_t kLastYear = 2263;

/// All changes that a rule makes from a year on, in order.
std::vector<Tzif::Change> changes_of(const TzRule& rule, std::int32_t first_year) {
  std::vector<Tzif::Change> changes;
  for (std::int32_t year = first_year; year <= kLastYear; ++year) {
    const TzRule::Year when = rule.changes(year);
    const Tzif::Change start = {when.start_s, *rule.daylight()};
    const Tzif::Change end = {when.end_s, rule.standard()};
    changes.push_back(when.start_s <= when.end_s ? start : end);
    changes.push_back(when.start_s <= when.end_s ? end : start);
  }
  // Stable: a rule may let one year's daylight saving end where the next one's starts.
  std::stable_sort(changes.begin(), changes.end(),
                   [](const Tzif::Change& a, const Tzif::Change& b) { return a.at_s < b.at_s; });
  return changes;
}

/// The year before that of an instant, but none too early for the calendar.
std::int32_t year_before(std::int64_t unix_s) {
  const std::int64_t first_s = day_of(CivilDate{kFirstYear + 1, 1, 1}) * kDay_s;
  return unix_s < first_s ? kFirstYear : date_of(unix_s / kDay_s).year - 1;
}

}  // namespace

Zone::Zone(const Tzif& file) {
  periods_.push_back({kAlways, file.first});
  for (const Tzif::Change& change : file.changes) append(change.at_s, change.to);
  append_rule(TzRule(file.rule), file.changes.empty() ? kAlways : file.changes.back().at_s);
}

void Zone::append(std::int64_t start_s, const WallOffset& wall) {
  if (start_s == periods_.back().start_s) periods_.pop_back();
  // Some changes are only of the flag that says "daylight saving", or were undone above.
  if (periods_.back().wall != wall) periods_.push_back({start_s, wall});
}

void Zone::append_rule(const TzRule& rule, std::int64_t last_s) {
  // What the file says outright holds until the rule makes a change: zic leaves America/
  // Ojinaga in winter time for a week in which its rule has summer time. But what the
  // rule knows nothing of is not from the same zone.
  const WallOffset& last = periods_.back().wall;
  const bool known = last == rule.standard() || (rule.daylight() && last == *rule.daylight());
  if (last_s != kAlways && !known) {
    throw std::runtime_error("its rule for the future is at odds with its last change");
  }
  if (!rule.daylight() || last_s >= day_of(CivilDate{kLastYear, 1, 1}) * kDay_s) return;
  for (const Tzif::Change& change : changes_of(rule, year_before(last_s))) {
    if (change.at_s > last_s) append(change.at_s, change.to);
  }
}

bool Zone::holds(std::size_t index, std::int64_t unix_s) const {
  return periods_[index].start_s <= unix_s &&
         (index + 1 == periods_.size() || unix_s < periods_[index + 1].start_s);
}

std::size_t Zone::period_at(std::int64_t unix_s, std::size_t hint) const {
  if (hint < periods_.size() && holds(hint, unix_s)) return hint;
  const auto after =
      std::upper_bound(periods_.begin(), periods_.end(), unix_s,
                       [](std::int64_t s, const Period& period) { return s < period.start_s; });
  return static_cast<std::size_t>(after - periods_.begin()) - 1;
}

Resolution Zone::resolve(std::int64_t local_s) const {
  // Offsets are less than a day, so this period begins no later than any that the
  // local time can lie in. It is the earlier side until a change is found.
  std::size_t index = period_at(local_s - kDay_s, 0);
  while (index + 1 < periods_.size()) {
    const std::int32_t before_s = periods_[index].wall.offset_s;
    const std::int32_t after_s = periods_[index + 1].wall.offset_s;
    const std::int64_t change_s = periods_[index + 1].start_s;
    const bool before = local_s - before_s < change_s;
    const bool after = local_s - after_s >= change_s;
    if (before && after) return {LocalKind::REPEATED, before_s, after_s};
    if (!before && !after) return {LocalKind::SKIPPED, before_s, after_s};
    if (before) break;
    ++index;
  }
  return {LocalKind::UNIQUE, periods_[index].wall.offset_s, periods_[index].wall.offset_s};
}

}  // namespace timeservice::zone
