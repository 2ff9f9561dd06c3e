#include "server/time/zone/civil_date.h"

#include "test/support/catch.h"

namespace timeservice::zone {
namespace {

TEST_CASE("days and dates turn into each other without a gap, from the year 0 to 9999", "[zone]") {
  CivilDate expected = {0, 1, 1};
  std::int64_t wrong = 0;
  const std::int64_t first = day_of(expected);
  CHECK(first == -719'528);
  for (std::int64_t day = first; expected.year < 10000; ++day) {
    const CivilDate date = date_of(day);
    if (date.year != expected.year || date.month != expected.month || date.day != expected.day) ++wrong;
    if (day_of(date) != day) ++wrong;
    ++expected.day;
    if (!exists(expected)) expected = {expected.year, expected.month + 1, 1};
    if (expected.month == 13) expected = {expected.year + 1, 1, 1};
  }
  CHECK(wrong == 0);
}

TEST_CASE("dates that the calendar does not have do not exist", "[zone]") {
  CHECK(exists({2024, 2, 29}));
  CHECK_FALSE(exists({2026, 2, 29}));
  CHECK(exists({2000, 2, 29}));
  CHECK_FALSE(exists({1900, 2, 29}));
  CHECK_FALSE(exists({2026, 4, 31}));
}

TEST_CASE("ISO weeks are those of the standard", "[zone]") {
  struct Row {
    CivilDate date;
    WeekDate week;
  };
  const Row rows[] = {
      {{1970, 1, 1}, {1970, 1, 4}},    {{2005, 1, 1}, {2004, 53, 6}},  {{2005, 1, 2}, {2004, 53, 7}},
      {{2005, 12, 31}, {2005, 52, 6}}, {{2007, 1, 1}, {2007, 1, 1}},   {{2007, 12, 31}, {2008, 1, 1}},
      {{2008, 12, 29}, {2009, 1, 1}},  {{2010, 1, 3}, {2009, 53, 7}},  {{2026, 11, 26}, {2026, 48, 4}},
      {{2000, 2, 29}, {2000, 9, 2}},   {{1677, 9, 21}, {1677, 38, 2}}, {{2262, 4, 11}, {2262, 15, 5}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.date.year, row.date.month, row.date.day);
    const WeekDate week = week_date_of(day_of(row.date));
    CHECK(week.year == row.week.year);
    CHECK(week.week == row.week.week);
    CHECK(week.weekday == row.week.weekday);
    CHECK(day_of(week) == day_of(row.date));
  }
}

TEST_CASE("days of the year count from one", "[zone]") {
  CHECK(day_of_year(day_of(CivilDate{2026, 1, 1})) == 1);
  CHECK(day_of_year(day_of(CivilDate{2026, 12, 31})) == 365);
  CHECK(day_of_year(day_of(CivilDate{2024, 12, 31})) == 366);
}

}  // namespace
}  // namespace timeservice::zone
