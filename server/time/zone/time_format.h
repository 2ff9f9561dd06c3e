#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace timeservice::zone {

/// What a conversion tells of a local time.
enum class Field : std::uint8_t {
  kYear,
  kYearOfCentury,
  kMonth,
  kDay,
  kDayOfYear,
  kIsoYear,
  kIsoWeek,
  kWeekday,
  kHour,
  kHour12,
  kAfternoon,
  kMinute,
  kSecond,
  kFraction,
  kOffset,
  kAbbreviation,
  kUnixSecond,
  kLiteral,
};
inline constexpr std::size_t kFields = static_cast<std::size_t>(Field::kLiteral);

/// How it is written and read.
enum class Form : std::uint8_t {
  /// `width` digits, with zeros in front; reads fewer too where no digit adjoins.
  kNumber,
  /// As kNumber, with a space for the zero; reads both.
  kSpaceNumber,
  /// `width` digits, no fewer.
  kFixedNumber,
  kShortName,
  kLongName,
  /// The fraction's digits from the left: writes 9, reads 1 to 9.
  kFraction,
  /// +hhmm and +hh:mm, and the seconds where there are some. Reads "Z" too.
  kOffset,
  kColonOffset,
  /// Written only.
  kAbbreviation,
  kUnixSecond,
  kLiteral,
};

struct Conversion {
  /// As in the format, "%Y".
  std::string_view name;
  Field field;
  Form form;
  /// Of a number: its digits, and what it may be.
  std::uint8_t width = 0;
  std::int32_t least = 0;
  std::int32_t most = 0;
  /// For messages.
  std::string_view meaning = {};
};

/// The row of that name; there must be one.
const Conversion& conversion(std::string_view name);

/// A format of the contract, taken apart. A value.
class TimeFormat {
 public:
  struct Part {
    const Conversion* conversion = nullptr;
    /// Of Form::kLiteral.
    std::string literal = {};
    /// Where it stands in the format, from 1.
    std::size_t position = 0;
    /// In any text of this format a digit comes right before, and right after.
    bool digit_precedes = false;
    bool digit_follows = false;
  };

  /// "" is ISO 8601. Throws BadRequest BAD_FORMAT, which names the conversion and its
  /// position.
  explicit TimeFormat(const std::string& format);

  /// For the ISO format these say how it is written; it has its own way of reading.
  const std::vector<Part>& parts() const { return parts_; }
  bool is_iso() const { return is_iso_; }
  const std::string& text() const { return text_; }

 private:
  void add_literal(char c, std::size_t position);
  void compile(std::string_view format, std::size_t position);

  std::string text_;
  bool is_iso_;
  std::vector<Part> parts_;
};

}  // namespace timeservice::zone
