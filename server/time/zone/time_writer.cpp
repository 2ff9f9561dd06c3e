#include "server/time/zone/time_writer.h"

#include <charconv>

#include "server/time/zone/calendar_names.h"
#include "server/time/zone/civil_date.h"

namespace timeservice::zone {
namespace {

constexpr std::int64_t kDay_s = 86400;

/// Right-aligned; `value` is not negative and has no more digits than that.
template <int width>
void write_digits(std::string& text, std::int32_t value, char padding = '0') {
  char digits[width];
  for (int i = width - 1; i >= 0; --i) {
    digits[i] = value == 0 && i != width - 1 ? padding : static_cast<char>('0' + value % 10);
    value /= 10;
  }
  text.append(digits, width);
}

/// A local time taken apart.
struct Fields {
  explicit Fields(const ZonedTime& time) {
    const std::int64_t local_s = time.unix_s + time.offset_s;
    day_number = local_s / kDay_s;
    second = static_cast<std::int32_t>(local_s % kDay_s);
    if (second < 0) {
      second += static_cast<std::int32_t>(kDay_s);
      --day_number;
    }
    date = date_of(day_number);
    hour = second / 3600;
    minute = second / 60 % 60;
    second %= 60;
  }
  std::int64_t day_number;
  CivilDate date;
  std::int32_t hour, minute, second;
};

void write_name(std::string& text, std::string_view name, Form form) {
  text.append(form == Form::kShortName ? name.substr(0, kShortName) : name);
}

void write_part(std::string& text, const TimeFormat::Part& part, const ZonedTime& time, const Fields& local) {
  const Form form = part.conversion->form;
  const bool named = form == Form::kShortName || form == Form::kLongName;
  switch (part.conversion->field) {
    case Field::kLiteral:
      text.append(part.literal);
      break;
    case Field::kYear:
      write_digits<4>(text, local.date.year);
      break;
    case Field::kYearOfCentury:
      write_digits<2>(text, local.date.year % 100);
      break;
    case Field::kMonth:
      if (named) {
        write_name(text, kMonths[static_cast<std::size_t>(local.date.month - 1)], form);
      } else {
        write_digits<2>(text, local.date.month);
      }
      break;
    case Field::kDay:
      write_digits<2>(text, local.date.day, form == Form::kSpaceNumber ? ' ' : '0');
      break;
    case Field::kDayOfYear:
      write_digits<3>(text, day_of_year(local.day_number));
      break;
    case Field::kIsoYear:
      write_digits<4>(text, week_date_of(local.day_number).year);
      break;
    case Field::kIsoWeek:
      write_digits<2>(text, week_date_of(local.day_number).week);
      break;
    case Field::kWeekday: {
      const std::int32_t weekday = weekday_of(local.day_number);
      if (named) {
        write_name(text, kWeekdays[static_cast<std::size_t>(weekday - 1)], form);
      } else {
        write_digits<1>(text, weekday);
      }
      break;
    }
    case Field::kHour:
      write_digits<2>(text, local.hour);
      break;
    case Field::kHour12:
      write_digits<2>(text, (local.hour + 11) % 12 + 1);
      break;
    case Field::kAfternoon:
      text.append(kHalfDays[local.hour < 12 ? 0 : 1]);
      break;
    case Field::kMinute:
      write_digits<2>(text, local.minute);
      break;
    case Field::kSecond:
      write_digits<2>(text, local.second);
      break;
    case Field::kFraction:
      write_digits<9>(text, time.nanosecond);
      break;
    case Field::kOffset:
      write_offset(text, time.offset_s, form == Form::kColonOffset);
      break;
    case Field::kAbbreviation:
      text.append(time.abbreviation);
      break;
    case Field::kUnixSecond: {
      char digits[24];
      text.append(digits, std::to_chars(digits, digits + sizeof digits, time.unix_s).ptr);
      break;
    }
  }
}

}  // namespace

void write_offset(std::string& text, std::int32_t offset_s, bool colons) {
  text += offset_s < 0 ? '-' : '+';
  const std::int32_t distance_s = offset_s < 0 ? -offset_s : offset_s;
  write_digits<2>(text, distance_s / 3600);
  if (colons) text += ':';
  write_digits<2>(text, distance_s / 60 % 60);
  if (distance_s % 60 == 0) return;
  if (colons) text += ':';
  write_digits<2>(text, distance_s % 60);
}

void write_time(std::string& text, const TimeFormat& format, const ZonedTime& time) {
  const Fields local(time);
  for (const TimeFormat::Part& part : format.parts()) write_part(text, part, time, local);
}

}  // namespace timeservice::zone
