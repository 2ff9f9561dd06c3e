#pragma once

#include <array>
#include <string_view>

namespace timeservice::zone {

// The C locale's, whatever setlocale() said.
inline constexpr std::array<std::string_view, 7> kWeekdays = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                                              "Friday", "Saturday", "Sunday"};
inline constexpr std::array<std::string_view, 12> kMonths = {"January",   "February", "March",    "April",
                                                             "May",       "June",     "July",     "August",
                                                             "September", "October",  "November", "December"};
inline constexpr std::array<std::string_view, 2> kHalfDays = {"AM", "PM"};
/// Letters of the abbreviations of the first two.
inline constexpr std::size_t kShortName = 3;

}  // namespace timeservice::zone
