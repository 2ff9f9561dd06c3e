#include "server/time/zone/civil_date.h"

#include <chrono>

namespace timeservice::zone {
namespace {

using std::chrono::days;
using std::chrono::sys_days;
using std::chrono::year_month_day;

sys_days sys(std::int64_t day) { return sys_days(days(static_cast<days::rep>(day))); }

year_month_day civil(const CivilDate& date) {
  return {std::chrono::year(date.year), std::chrono::month(static_cast<unsigned>(date.month)),
          std::chrono::day(static_cast<unsigned>(date.day))};
}

/// The Monday of the week that holds the year's fourth of January: its first week.
std::int64_t first_monday(std::int32_t iso_year) {
  const std::int64_t fourth = day_of(CivilDate{iso_year, 1, 4});
  return fourth - (weekday_of(fourth) - 1);
}

}  // namespace

CivilDate date_of(std::int64_t day) {
  const year_month_day date(sys(day));
  return {static_cast<int>(date.year()), static_cast<std::int32_t>(static_cast<unsigned>(date.month())),
          static_cast<std::int32_t>(static_cast<unsigned>(date.day()))};
}

std::int64_t day_of(const CivilDate& date) { return sys_days(civil(date)).time_since_epoch().count(); }

bool exists(const CivilDate& date) { return civil(date).ok(); }

std::int32_t weekday_of(std::int64_t day) {
  return static_cast<std::int32_t>(std::chrono::weekday(sys(day)).iso_encoding());
}

WeekDate week_date_of(std::int64_t day) {
  const std::int32_t weekday = weekday_of(day);
  // A week belongs to the year that its Thursday lies in.
  const std::int32_t year = date_of(day - weekday + 4).year;
  return {year, static_cast<std::int32_t>((day - first_monday(year)) / 7) + 1, weekday};
}

std::int64_t day_of(const WeekDate& date) {
  return first_monday(date.year) + std::int64_t{7} * (date.week - 1) + (date.weekday - 1);
}

std::int32_t day_of_year(std::int64_t day) {
  return static_cast<std::int32_t>(day - day_of(CivilDate{date_of(day).year, 1, 1})) + 1;
}

}  // namespace timeservice::zone
