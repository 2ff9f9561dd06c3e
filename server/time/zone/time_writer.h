#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "server/time/zone/time_format.h"

namespace timeservice::zone {

/// An instant, and the offset and abbreviation that are in force in its zone.
struct ZonedTime {
  std::int64_t unix_s = 0;
  std::int32_t nanosecond = 0;
  std::int32_t offset_s = 0;
  std::string_view abbreviation = {};
};

/// Appends the local time as the format says.
void write_time(std::string& text, const TimeFormat& format, const ZonedTime& time);

/// "+hh:mm", and ":ss" if there are seconds, as old local times have; without `colons`
/// "+hhmm" and "ss".
void write_offset(std::string& text, std::int32_t offset_s, bool colons);

}  // namespace timeservice::zone
