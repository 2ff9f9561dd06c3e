#include "server/time/zone/time_reader.h"

#include <fmt/format.h>

#include "server/time/zone/bad_request.h"
#include "server/time/zone/text_cursor.h"

namespace timeservice::zone {
namespace {

/// What a format lacks that is to say a day; null if nothing.
const char* lack_of_day(const FieldSet& given) {
  if (given.has_all(Field::kIsoYear, Field::kIsoWeek, Field::kWeekday)) return nullptr;
  if (given.has_any(Field::kYear, Field::kYearOfCentury)) {
    if (given.has_all(Field::kMonth, Field::kDay) || given.has(Field::kDayOfYear)) return nullptr;
    return "does not say the day: add %m and %d, or %j";
  }
  return given.has(Field::kIsoYear) ? "does not say the day: add %V and %u" : "does not say the year: add %Y";
}

/// As lack_of_day(), of the time of day.
const char* lack_of_time(const FieldSet& given) {
  if (!given.has(Field::kHour)) {
    if (!given.has_any(Field::kHour12, Field::kAfternoon)) return "does not say the hour: add %H";
    if (!given.has(Field::kAfternoon)) return "does not say which half of the day %I is in: add %p";
    if (!given.has(Field::kHour12)) return "does not say the hour: add %I";
  }
  if (!given.has(Field::kMinute)) return "does not say the minute: add %M";
  if (given.has(Field::kFraction) && !given.has(Field::kSecond)) return "has %f without the second: add %S";
  return nullptr;
}

bool goes_with_unix_second(Field field) {
  return field == Field::kUnixSecond || field == Field::kFraction || field == Field::kOffset ||
         field == Field::kLiteral;
}

/// Why a text cannot be read by a part of a format that gives these fields; null if it can.
const char* unreadable(const TimeFormat::Part& part, const FieldSet& given) {
  const Field field = part.conversion->field;
  if (field == Field::kAbbreviation) return "cannot be read, since abbreviations are not unique: use %z";
  if ((field == Field::kUnixSecond || field == Field::kOffset) && part.digit_follows) {
    return "has a digit right behind it: put something between them";
  }
  if (given.has(Field::kUnixSecond) && !goes_with_unix_second(field)) {
    return "stands beside %s, which says the instant: only %f and %z go with that";
  }
  return nullptr;
}

void check_readable(const TimeFormat& format) {
  FieldSet given;
  for (const TimeFormat::Part& part : format.parts()) {
    if (part.conversion->field != Field::kLiteral) given.add(part.conversion->field);
  }
  for (const TimeFormat::Part& part : format.parts()) {
    if (const char* why = unreadable(part, given)) {
      refuse(BadRequestCode::BAD_FORMAT, fmt::format("format {}: {} at byte {} {}", in_quotes(format.text()),
                                                     part.conversion->name, part.position, why));
    }
  }
  if (given.has(Field::kUnixSecond)) return;
  for (const char* lack : {lack_of_day(given), lack_of_time(given)}) {
    if (lack != nullptr) {
      refuse(BadRequestCode::BAD_FORMAT, fmt::format("format {} {}", in_quotes(format.text()), lack));
    }
  }
}

void read_part(TextCursor& text, const TimeFormat::Part& part, TimeFields& fields) {
  const Conversion& conversion = *part.conversion;
  switch (conversion.form) {
    case Form::kLiteral:
      text.expect(part.literal);
      return;
    case Form::kNumber:
    case Form::kSpaceNumber:
      fields.set(conversion.field, text.number(conversion, part.digit_precedes || part.digit_follows));
      return;
    case Form::kFixedNumber:
      fields.set(conversion.field, text.number(conversion, true));
      return;
    case Form::kShortName:
    case Form::kLongName:
      fields.set(conversion.field, text.name(conversion));
      return;
    case Form::kFraction:
      fields.set(conversion.field, text.fraction(part.digit_follows));
      return;
    case Form::kOffset:
    case Form::kColonOffset:
      fields.set(conversion.field, text.offset(false));
      return;
    case Form::kUnixSecond:
      fields.set(conversion.field, text.unix_second());
      return;
    case Form::kAbbreviation:
      return;  // check_readable() refused it
  }
}

void read_iso(TextCursor& text, TimeFields& fields) {
  static const Conversion& year = conversion("%Y");
  static const Conversion& month = conversion("%m");
  static const Conversion& day = conversion("%d");
  static const Conversion& hour = conversion("%H");
  static const Conversion& minute = conversion("%M");
  static const Conversion& second = conversion("%S");
  const auto read = [&](const Conversion& number) { fields.set(number.field, text.number(number, true)); };
  read(year);
  text.expect("-");
  read(month);
  text.expect("-");
  read(day);
  if (!text.take('T') && !text.take(' ')) text.fail("\"T\" or a space and the time must come next");
  read(hour);
  text.expect(":");
  read(minute);
  if (text.take(':')) {
    read(second);
    if (text.take('.')) fields.set(Field::kFraction, text.fraction(false));
  }
  if (!text.at_end()) fields.set(Field::kOffset, text.offset(true));
}

}  // namespace

TimeReader::TimeReader(const TimeFormat& format) : format_(format) {
  if (!format.is_iso()) check_readable(format);
}

TextTime TimeReader::read(std::string_view text) const {
  TextCursor cursor(text);
  TimeFields fields;
  if (format_.is_iso()) {
    read_iso(cursor, fields);
  } else {
    for (const TimeFormat::Part& part : format_.parts()) read_part(cursor, part, fields);
  }
  cursor.expect_end();
  return fields.time();
}

}  // namespace timeservice::zone
