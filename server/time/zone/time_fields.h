#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "server/time/zone/time_format.h"

namespace timeservice::zone {

/// What a text says.
struct TextTime {
  /// Seconds since 1970-01-01T00:00:00 on the clock that the text was read from.
  std::int64_t local_s = 0;
  std::int32_t nanosecond = 0;
  /// Of that clock, if the text says so: then the zone does not matter.
  std::optional<std::int32_t> offset_s = {};
};

/// Which fields a format gives, or a text.
class FieldSet {
 public:
  void add(Field field) { bits_ |= bit(field); }
  bool has(Field field) const { return (bits_ & bit(field)) != 0; }
  template <typename... Fields>
  bool has_any(Fields... fields) const {
    return (has(fields) || ...);
  }
  template <typename... Fields>
  bool has_all(Fields... fields) const {
    return (has(fields) && ...);
  }

 private:
  static std::uint32_t bit(Field field) { return std::uint32_t{1} << static_cast<unsigned>(field); }
  std::uint32_t bits_ = 0;
};

/// The fields that were read from a text, and the time that they make.
class TimeFields {
 public:
  /// Throws TextError if the text said it before and said otherwise.
  void set(Field field, std::int64_t value);

  /// The fields are those of a format that says date and time. Throws TextError if there
  /// is no such time, or if the text contradicts itself.
  TextTime time() const;

 private:
  std::int32_t at(Field field) const {
    return static_cast<std::int32_t>(values_[static_cast<std::size_t>(field)]);
  }
  std::int32_t at(Field field, std::int32_t otherwise) const {
    return given_.has(field) ? at(field) : otherwise;
  }
  std::int32_t year() const;
  std::int32_t hour() const;
  std::int64_t day_number() const;
  void check_day(std::int64_t day) const;
  void check(Field field, std::int32_t value) const;

  FieldSet given_;
  std::array<std::int64_t, kFields> values_;
};

}  // namespace timeservice::zone
