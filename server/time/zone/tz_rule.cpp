#include "server/time/zone/tz_rule.h"

#include <algorithm>
#include <stdexcept>

#include "server/time/zone/civil_date.h"

namespace timeservice::zone {
namespace {

constexpr std::int32_t kHour_s = 3600;
constexpr std::int64_t kDay_s = 86400;

}  // namespace

class TzRule::Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  bool at_end() const { return text_.empty(); }

  bool take(char c) {
    if (text_.empty() || text_.front() != c) return false;
    text_.remove_prefix(1);
    return true;
  }

  void expect(char c) {
    if (!take(c)) fail();
  }

  /// Letters, or anything between "<" and ">".
  std::string abbreviation() {
    const bool enclosed = take('<');
    const auto stop = std::find_if_not(text_.begin(), text_.end(), [&](char c) {
      const bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
      return letter || (enclosed && ((c >= '0' && c <= '9') || c == '+' || c == '-'));
    });
    std::string name(text_.begin(), stop);
    text_.remove_prefix(name.size());
    if (name.size() < 3) fail();
    if (enclosed) expect('>');
    return name;
  }

  std::int32_t number(std::int32_t least, std::int32_t most) {
    std::int32_t value = 0;
    std::size_t digits = 0;
    for (; digits < text_.size() && digits < 3 && text_[digits] >= '0' && text_[digits] <= '9'; ++digits) {
      value = value * 10 + (text_[digits] - '0');
    }
    if (digits == 0 || value < least || value > most) fail();
    text_.remove_prefix(digits);
    return value;
  }

  /// [+-]h[:mm[:ss]]
  std::int32_t time_s(std::int32_t most_hours) {
    const bool negative = take('-');
    if (!negative) take('+');
    std::int32_t value_s = number(0, most_hours) * kHour_s;
    if (take(':')) {
      value_s += number(0, 59) * 60;
      if (take(':')) value_s += number(0, 59);
    }
    return negative ? -value_s : value_s;
  }

  /// POSIX counts to the west. A clock is less than a day off UTC.
  WallOffset wall_offset(std::string abbreviation) { return {-time_s(23), std::move(abbreviation)}; }

  Day day() {
    Day day = {Kind::kDayFromZero, 0, 0, 0, 2 * kHour_s};
    if (take('M')) {
      day.kind = Kind::kWeekdayOfMonth;
      day.month = number(1, 12);
      expect('.');
      day.week = number(1, 5);
      expect('.');
      day.day = number(0, 6);
    } else if (take('J')) {
      day.kind = Kind::kDayWithoutLeapDay;
      day.day = number(1, 365);
    } else {
      day.day = number(0, 365);
    }
    if (take('/')) day.time_s = time_s(167);
    return day;
  }

  bool offset_next() const { return !text_.empty() && text_.front() != ','; }

  [[noreturn]] static void fail() { throw std::runtime_error("its rule for the future cannot be read"); }

 private:
  std::string_view text_;
};

TzRule::TzRule(std::string_view text) {
  Parser parser(text);
  standard_ = parser.wall_offset(parser.abbreviation());
  if (parser.at_end()) return;
  const std::string abbreviation = parser.abbreviation();
  // Without an offset of its own it is an hour ahead.
  daylight_ = parser.offset_next() ? parser.wall_offset(abbreviation)
                                   : WallOffset{standard_.offset_s + kHour_s, abbreviation};
  // POSIX leaves open when it changes if the rule does not say so: then it is no rule.
  parser.expect(',');
  start_ = parser.day();
  parser.expect(',');
  end_ = parser.day();
  if (!parser.at_end()) Parser::fail();
}

std::int64_t TzRule::local_s(const Day& day, std::int32_t year) {
  std::int64_t number = 0;
  switch (day.kind) {
    case Kind::kDayFromZero:
      number = day_of(CivilDate{year, 1, 1}) + day.day;
      break;
    case Kind::kDayWithoutLeapDay:
      number = day_of(CivilDate{year, 1, 1}) + day.day - 1;
      if (day.day >= 60 && exists(CivilDate{year, 2, 29})) ++number;  // from the first of March on
      break;
    case Kind::kWeekdayOfMonth: {
      const std::int64_t first = day_of(CivilDate{year, day.month, 1});
      const std::int32_t first_weekday = weekday_of(first) % 7;  // Sunday is 0
      number = first + (day.day - first_weekday + 7) % 7 + std::int64_t{7} * (day.week - 1);
      // The fifth is the last, which may be the fourth.
      if (date_of(number).month != day.month) number -= 7;
      break;
    }
  }
  return number * kDay_s + day.time_s;
}

TzRule::Year TzRule::changes(std::int32_t year) const {
  return {local_s(start_, year) - standard_.offset_s, local_s(end_, year) - daylight_->offset_s};
}

}  // namespace timeservice::zone
