#include "server/time/zone/time_format.h"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

#include "server/time/zone/bad_request.h"

namespace timeservice::zone {
namespace {

constexpr std::size_t kMostBytes = 128;

/// All that a format may hold, but for "%%" and the shorthands below.
constexpr Conversion kConversions[] = {
    {"%Y", Field::kYear, Form::kFixedNumber, 4, 0, 9999, "year"},
    {"%m", Field::kMonth, Form::kNumber, 2, 1, 12, "month"},
    {"%d", Field::kDay, Form::kNumber, 2, 1, 31, "day"},
    {"%e", Field::kDay, Form::kSpaceNumber, 2, 1, 31, "day"},
    {"%j", Field::kDayOfYear, Form::kNumber, 3, 1, 366, "day of the year"},
    {"%H", Field::kHour, Form::kNumber, 2, 0, 23, "hour"},
    {"%I", Field::kHour12, Form::kNumber, 2, 1, 12, "hour of 12"},
    {"%p", Field::kAfternoon, Form::kShortName, 0, 0, 1, "AM or PM"},
    {"%M", Field::kMinute, Form::kNumber, 2, 0, 59, "minute"},
    {"%S", Field::kSecond, Form::kNumber, 2, 0, 60, "second"},
    {"%f", Field::kFraction, Form::kFraction, 9, 0, 999'999'999, "fraction of the second"},
    {"%z", Field::kOffset, Form::kOffset, 0, 0, 0, "UTC offset"},
    {"%Ez", Field::kOffset, Form::kColonOffset, 0, 0, 0, "UTC offset"},
    {"%Z", Field::kAbbreviation, Form::kAbbreviation, 0, 0, 0, "abbreviation of the zone"},
    {"%a", Field::kWeekday, Form::kShortName, 0, 1, 7, "weekday"},
    {"%A", Field::kWeekday, Form::kLongName, 0, 1, 7, "weekday"},
    {"%b", Field::kMonth, Form::kShortName, 0, 1, 12, "month"},
    {"%B", Field::kMonth, Form::kLongName, 0, 1, 12, "month"},
    {"%u", Field::kWeekday, Form::kFixedNumber, 1, 1, 7, "weekday"},
    {"%V", Field::kIsoWeek, Form::kNumber, 2, 1, 53, "ISO week"},
    {"%G", Field::kIsoYear, Form::kFixedNumber, 4, 0, 9999, "ISO year"},
    {"%y", Field::kYearOfCentury, Form::kNumber, 2, 0, 99, "year of the century"},
    {"%s", Field::kUnixSecond, Form::kUnixSecond, 0, 0, 0, "seconds since 1970"},
};
constexpr Conversion kLiteral = {"", Field::kLiteral, Form::kLiteral, 0, 0, 0, "text"};

struct Shorthand {
  std::string_view name;
  std::string_view format;
};
constexpr Shorthand kShorthands[] = {{"%F", "%Y-%m-%d"}, {"%T", "%H:%M:%S"}};
constexpr std::string_view kIso = "%Y-%m-%dT%H:%M:%S.%f%Ez";

template <typename Row, std::size_t n>
const Row* find(const Row (&rows)[n], std::string_view name) {
  const auto row = std::find_if(rows, rows + n, [&](const Row& each) { return each.name == name; });
  return row == rows + n ? nullptr : row;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Of the conversions, those that begin with a digit also end with one.
bool has_digits(Form form) {
  return form == Form::kNumber || form == Form::kSpaceNumber || form == Form::kFixedNumber ||
         form == Form::kFraction || form == Form::kUnixSecond;
}

bool starts_with_digit(const TimeFormat::Part& part) {
  const Form form = part.conversion->form;
  return form == Form::kLiteral ? is_digit(part.literal.front()) : has_digits(form);
}

bool ends_with_digit(const TimeFormat::Part& part) {
  const Form form = part.conversion->form;
  if (form == Form::kOffset || form == Form::kColonOffset) return true;
  return form == Form::kLiteral ? is_digit(part.literal.back()) : has_digits(form);
}

}  // namespace

const Conversion& conversion(std::string_view name) {
  const Conversion* row = find(kConversions, name);
  if (row == nullptr) throw std::logic_error("no such conversion");
  return *row;
}

TimeFormat::TimeFormat(const std::string& format) : text_(format), is_iso_(format.empty()) {
  if (format.size() > kMostBytes) {
    refuse(BadRequestCode::BAD_FORMAT,
           fmt::format("format has {} bytes, {} at most are allowed", format.size(), kMostBytes));
  }
  compile(is_iso_ ? kIso : std::string_view(format), 0);
  for (std::size_t i = 1; i < parts_.size(); ++i) {
    parts_[i].digit_precedes = ends_with_digit(parts_[i - 1]);
    parts_[i - 1].digit_follows = starts_with_digit(parts_[i]);
  }
}

void TimeFormat::add_literal(char c, std::size_t position) {
  if (parts_.empty() || parts_.back().conversion != &kLiteral) parts_.push_back({&kLiteral, {}, position});
  parts_.back().literal += c;
}

/// `position`: where all of it stands, if it is what a shorthand stands for.
void TimeFormat::compile(std::string_view format, std::size_t position) {
  for (std::size_t at = 0; at < format.size();) {
    const std::size_t here = position != 0 ? position : at + 1;
    if (format[at] != '%') {
      add_literal(format[at++], here);
      continue;
    }
    const bool modified = format.substr(at, 2) == "%E";
    const std::string_view name = format.substr(at, modified ? 3 : 2);
    at += name.size();
    if (name == "%%") {
      add_literal('%', here);
    } else if (const Shorthand* shorthand = find(kShorthands, name)) {
      compile(shorthand->format, here);
    } else if (const Conversion* row = find(kConversions, name)) {
      parts_.push_back({row, {}, here});
    } else {
      refuse(BadRequestCode::BAD_FORMAT,
             fmt::format(
                 "format {} has the unknown conversion {} at byte {}; there are %Y %m %d %e %j %H %I %p %M "
                 "%S %f %z %Ez %Z %a %A %b %B %u %V %G %y %s %F %T, and %% for a percent sign",
                 in_quotes(text_), in_quotes(name), here));
    }
  }
}

}  // namespace timeservice::zone
