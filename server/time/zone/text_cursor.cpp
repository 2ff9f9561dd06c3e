#include "server/time/zone/text_cursor.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "server/time/zone/bad_request.h"
#include "server/time/zone/calendar_names.h"

namespace timeservice::zone {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

bool same_letters(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

/// Index of the name that the text begins with; -1 if it is none of them.
template <std::size_t n>
std::int32_t find_name(std::string_view& text, const std::array<std::string_view, n>& names, bool shorten) {
  for (std::size_t i = 0; i < n; ++i) {
    const std::string_view name = shorten ? names[i].substr(0, kShortName) : names[i];
    if (!same_letters(text.substr(0, name.size()), name)) continue;
    text.remove_prefix(name.size());
    return static_cast<std::int32_t>(i);
  }
  return -1;
}

}  // namespace

void TextCursor::fail(const std::string& what) const {
  const std::string where = at_end() ? std::string("at its end") : fmt::format("at byte {}", at_ + 1);
  throw TextError(fmt::format("{}: {}", where, what));
}

bool TextCursor::take(char c) {
  if (at_end() || text_[at_] != c) return false;
  ++at_;
  return true;
}

void TextCursor::expect(std::string_view literal) {
  if (text_.substr(at_, literal.size()) != literal)
    fail(fmt::format("{} must come next", in_quotes(literal)));
  at_ += literal.size();
}

void TextCursor::expect_end() const {
  if (!at_end()) fail("nothing more may come");
}

std::int32_t TextCursor::number(const Conversion& conversion, bool full_width) {
  const std::size_t begin = at_;
  if (conversion.form == Form::kSpaceNumber) take(' ');
  std::int32_t value = 0;
  std::size_t digits = 0;
  for (; at_ - begin < conversion.width && digit_next(); ++digits) value = value * 10 + (text_[at_++] - '0');
  const bool full = at_ - begin == conversion.width;
  if (digits == 0 || (full_width && !full)) {
    at_ = begin;
    fail(fmt::format("the {} must come next, {}{} digit{}", conversion.meaning,
                     full_width || conversion.width == 1 ? "" : "1 to ", conversion.width,
                     conversion.width == 1 ? "" : "s"));
  }
  if (value < conversion.least || value > conversion.most) {
    at_ = begin;
    fail(fmt::format("the {} is {} to {}", conversion.meaning, conversion.least, conversion.most));
  }
  return value;
}

std::int32_t TextCursor::fraction(bool full_width) {
  constexpr int kDigits = 9;
  std::int32_t value = 0;
  int digits = 0;
  for (; digits < kDigits && digit_next(); ++digits) value = value * 10 + (text_[at_++] - '0');
  if (digits == 0 || (full_width && digits < kDigits)) {
    fail(fmt::format("the fraction of the second must come next, {}9 digits", full_width ? "" : "1 to "));
  }
  // Cut off, they would be lost without a word.
  if (!full_width && digit_next()) fail("a fraction of the second has 9 digits at most");
  for (; digits < kDigits; ++digits) value *= 10;
  return value;
}

std::int32_t TextCursor::pair(std::int32_t most) {
  const std::size_t begin = at_;
  std::int32_t value = 0;
  while (at_ - begin < 2 && digit_next()) value = value * 10 + (text_[at_++] - '0');
  if (at_ - begin == 2 && value <= most) return value;
  at_ = begin;
  fail(fmt::format("two digits of a UTC offset must come next, 00 to {}", most));
}

std::int32_t TextCursor::offset(bool colons) {
  if (take('Z')) return 0;
  const bool west = take('-');
  if (!west && !take('+')) {
    fail(colons ? "\"Z\" or a UTC offset +hh:mm must come next"
                : "\"Z\" or a UTC offset +hhmm must come next");
  }
  std::int32_t distance_s = pair(23) * 3600;
  if (take(':')) {
    distance_s += pair(59) * 60;
    if (take(':')) distance_s += pair(59);
  } else if (colons) {
    fail("\":\" and the minutes of the UTC offset must come next");
  } else {
    distance_s += pair(59) * 60;
    if (digit_next()) distance_s += pair(59);
  }
  return west ? -distance_s : distance_s;
}

std::int32_t TextCursor::name(const Conversion& conversion) {
  const bool shorten = conversion.form == Form::kShortName;
  std::string_view rest = text_.substr(at_);
  std::int32_t index = -1;
  switch (conversion.field) {
    case Field::kWeekday:
      index = find_name(rest, kWeekdays, shorten);
      break;
    case Field::kMonth:
      index = find_name(rest, kMonths, shorten);
      break;
    case Field::kAfternoon:
      index = find_name(rest, kHalfDays, shorten);
      break;
    default:
      break;
  }
  if (index < 0) {
    const bool english = conversion.field != Field::kAfternoon;
    fail(fmt::format("{}{} must come next",
                     !english  ? ""
                     : shorten ? "the three letters of an English "
                               : "an English ",
                     conversion.meaning));
  }
  at_ = text_.size() - rest.size();
  return index + conversion.least;
}

std::int64_t TextCursor::unix_second() {
  constexpr std::int64_t kFar = 100'000'000'000'000'000;
  const bool negative = take('-');
  if (!digit_next()) fail("the seconds since 1970 must come next");
  std::int64_t value = 0;
  for (; digit_next(); ++at_) value = std::min(kFar, value * 10 + (text_[at_] - '0'));
  return negative ? -value : value;
}

}  // namespace timeservice::zone
