#include "server/time/zone/time_fields.h"

#include <fmt/format.h>

#include "server/time/zone/calendar_names.h"
#include "server/time/zone/civil_date.h"
#include "server/time/zone/text_cursor.h"

namespace timeservice::zone {
namespace {

constexpr std::int64_t kDay_s = 86400;

[[noreturn]] void contradiction(Field field, std::int64_t one, std::int64_t other) {
  const char* what = "";
  switch (field) {
    case Field::kYear:
      what = "year";
      break;
    case Field::kYearOfCentury:
      what = "year of the century";
      break;
    case Field::kMonth:
      what = "month";
      break;
    case Field::kDay:
      what = "day";
      break;
    case Field::kDayOfYear:
      what = "day of the year";
      break;
    case Field::kIsoYear:
      what = "ISO year";
      break;
    case Field::kIsoWeek:
      what = "ISO week";
      break;
    case Field::kWeekday:
      what = "weekday (Monday is 1)";
      break;
    case Field::kHour:
      what = "hour";
      break;
    case Field::kHour12:
      what = "hour of 12";
      break;
    case Field::kAfternoon:
      what = "half of the day (AM is 0)";
      break;
    case Field::kMinute:
      what = "minute";
      break;
    case Field::kSecond:
      what = "second";
      break;
    case Field::kFraction:
      what = "fraction of the second";
      break;
    case Field::kOffset:
      what = "UTC offset";
      break;
    default:
      what = "instant";
      break;
  }
  throw TextError(fmt::format("it contradicts itself: the {} is {}, and also {}", what, one, other));
}

}  // namespace

void TimeFields::set(Field field, std::int64_t value) {
  std::int64_t& known = values_[static_cast<std::size_t>(field)];
  if (given_.has(field) && known != value) contradiction(field, known, value);
  known = value;
  given_.add(field);
}

void TimeFields::check(Field field, std::int32_t value) const {
  if (given_.has(field) && at(field) != value) contradiction(field, at(field), value);
}

std::int32_t TimeFields::year() const {
  if (given_.has(Field::kYear)) return at(Field::kYear);
  const std::int32_t year = at(Field::kYearOfCentury);
  return year < 69 ? 2000 + year : 1900 + year;
}

std::int64_t TimeFields::day_number() const {
  const bool has_year = given_.has_any(Field::kYear, Field::kYearOfCentury);
  if (has_year && given_.has_all(Field::kMonth, Field::kDay)) {
    const CivilDate date = {year(), at(Field::kMonth), at(Field::kDay)};
    if (!exists(date)) {
      throw TextError(fmt::format("there is no {} {} {}", date.day,
                                  kMonths[static_cast<std::size_t>(date.month - 1)], date.year));
    }
    return day_of(date);
  }
  if (has_year && given_.has(Field::kDayOfYear)) {
    const std::int64_t day = day_of(CivilDate{year(), 1, 1}) + at(Field::kDayOfYear) - 1;
    if (date_of(day).year != year()) {
      throw TextError(fmt::format("the year {} has no day {}", year(), at(Field::kDayOfYear)));
    }
    return day;
  }
  const WeekDate date = {at(Field::kIsoYear), at(Field::kIsoWeek), at(Field::kWeekday)};
  const std::int64_t day = day_of(date);
  if (week_date_of(day).week != date.week) {
    throw TextError(fmt::format("the year {} has no ISO week {}", date.year, date.week));
  }
  return day;
}

/// What was given beside that which the day was made of must agree with it.
void TimeFields::check_day(std::int64_t day) const {
  const CivilDate date = date_of(day);
  check(Field::kYear, date.year);
  check(Field::kYearOfCentury, date.year % 100);
  check(Field::kMonth, date.month);
  check(Field::kDay, date.day);
  check(Field::kDayOfYear, day_of_year(day));
  if (!given_.has_any(Field::kIsoYear, Field::kIsoWeek, Field::kWeekday)) return;
  const WeekDate week = week_date_of(day);
  check(Field::kIsoYear, week.year);
  check(Field::kIsoWeek, week.week);
  check(Field::kWeekday, week.weekday);
}

std::int32_t TimeFields::hour() const {
  if (!given_.has(Field::kHour)) return at(Field::kHour12) % 12 + 12 * at(Field::kAfternoon);
  const std::int32_t hour = at(Field::kHour);
  check(Field::kHour12, (hour + 11) % 12 + 1);
  check(Field::kAfternoon, hour / 12);
  return hour;
}

TextTime TimeFields::time() const {
  TextTime result;
  result.nanosecond = at(Field::kFraction, 0);
  if (given_.has(Field::kUnixSecond)) {
    result.offset_s = at(Field::kOffset, 0);
    result.local_s = values_[static_cast<std::size_t>(Field::kUnixSecond)] + *result.offset_s;
    return result;
  }
  const std::int64_t day = day_number();
  check_day(day);
  // The second may be 60: then this is the start of the next minute.
  result.local_s = day * kDay_s + hour() * 3600 + at(Field::kMinute) * 60 + at(Field::kSecond, 0);
  if (given_.has(Field::kOffset)) result.offset_s = at(Field::kOffset);
  return result;
}

}  // namespace timeservice::zone
