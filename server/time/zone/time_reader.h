#pragma once

#include <string_view>

#include "server/time/zone/time_fields.h"
#include "server/time/zone/time_format.h"

namespace timeservice::zone {

/// Reads local times as a format says. It guesses nothing:
///  - A format must say the date (%Y or %y, and %m %d or %j; or %G %V %u), the hour (%H,
///    or %I with %p) and the minute, or else %s, which goes with %f and %z only. The
///    second and its fraction are 0 where the format has none. %Z is written only.
///  - What a text says twice, such as the weekday of a date, must agree.
///  - Numbers may have fewer digits than are written, but for years, and but for those
///    that other digits adjoin: "%Y%m%d" needs all eight. %e takes a space for a zero.
///  - All other text must be there byte by byte, and nothing after it. Names are English,
///    in any case; %a and %b are three letters, %A and %B are whole.
///  - %z and %Ez read +hhmm, +hh:mm and "Z", and seconds of an offset. %y is 1969 to 2068.
///    No digit may follow %z or %s, since it might be one of theirs.
///  - %f counts forward from the second, also from a negative %s, as it is written.
///  - ISO 8601 ("") has all its digits, and 1 to 9 in the fraction.
class TimeReader {
 public:
  /// Borrows the format. Throws BadRequest BAD_FORMAT if it cannot be read by.
  explicit TimeReader(const TimeFormat& format);

  /// Throws TextError.
  TextTime read(std::string_view text) const;

 private:
  const TimeFormat& format_;
};

}  // namespace timeservice::zone
