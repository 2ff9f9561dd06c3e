#include "server/time/zone/time_reader.h"

#include <string>

#include "server/time/zone/civil_date.h"
#include "server/time/zone/text_cursor.h"
#include "test/support/catch.h"
#include "test/zone/refused.h"

namespace timeservice::zone {
namespace {

using test::mentions;
using test::refused;

constexpr std::int32_t kNone = 1'000'000;

TextTime read(const std::string& format, const std::string& text) {
  const TimeFormat compiled(format);
  return TimeReader(compiled).read(text);
}

std::string why_not(const std::string& format, const std::string& text) {
  try {
    read(format, text);
  } catch (const TextError& error) {
    return error.what();
  }
  return "it was read";
}

std::int64_t seconds(const CivilDate& date, int hour = 0, int minute = 0, int second = 0) {
  return day_of(date) * 86400 + hour * 3600 + minute * 60 + second;
}

struct Good {
  const char* format;
  const char* text;
  std::int64_t local_s;
  std::int32_t nanosecond = 0;
  std::int32_t offset_s = kNone;
};

void check(const Good& row) {
  CAPTURE(row.format, row.text);
  try {
    const TextTime time = read(row.format, row.text);
    CHECK(time.local_s == row.local_s);
    CHECK(time.nanosecond == row.nanosecond);
    CHECK(time.offset_s.value_or(kNone) == row.offset_s);
  } catch (const TextError& error) {
    FAIL_CHECK(error.what());
  }
}

TEST_CASE("ISO 8601 is read with and without its optional parts", "[zone]") {
  const std::int64_t base = seconds({2026, 11, 1}, 1, 30);
  const Good rows[] = {
      {"", "2026-11-01T01:30", base},
      {"", "2026-11-01 01:30", base},
      {"", "2026-11-01T01:30:05", base + 5},
      {"", "2026-11-01T01:30:05.1", base + 5, 100'000'000},
      {"", "2026-11-01 01:30:05.123456789", base + 5, 123'456'789},
      {"", "2026-11-01T01:30Z", base, 0, 0},
      {"", "2026-11-01T01:30:05.5Z", base + 5, 500'000'000, 0},
      {"", "2026-11-01T01:30-04:00", base, 0, -4 * 3600},
      {"", "2026-11-01T01:30:05+05:45", base + 5, 0, 5 * 3600 + 45 * 60},
      {"", "2026-11-01T01:30:05.000000078-04:56:02", base + 5, 78, -(4 * 3600 + 56 * 60 + 2)},
      {"", "2026-11-01T01:30-00:00", base, 0, 0},
      {"", "0000-01-01T00:00", seconds({0, 1, 1})},
      {"", "9999-12-31T23:59:59", seconds({9999, 12, 31}, 23, 59, 59)},
  };
  for (const Good& row : rows) check(row);
}

TEST_CASE("what is not quite ISO 8601 is refused", "[zone]") {
  const char* const texts[] = {
      "",
      "now",
      "2026",
      "2026-11-01",
      "2026-11-01T",
      "2026-11-01T01",
      "2026-11-01T01:3",
      "2026-11-1T01:30",
      "2026-11-01T1:30",
      "26-11-01T01:30",
      "12026-11-01T01:30",
      "-2026-11-01T01:30",
      "+2026-11-01T01:30",
      "2026/11/01T01:30",
      "20261101T013000",
      "2026-11-01t01:30",
      "2026-11-01T01:30z",
      "2026-11-01  01:30",
      " 2026-11-01T01:30",
      "2026-11-01T01:30 ",
      "2026-11-01T01:30\n",
      "2026-11-01T01:30:",
      "2026-11-01T01:30:5",
      "2026-11-01T01:30:05.",
      "2026-11-01T01:30:05,5",
      "2026-11-01T01:30:05.1234567890",
      "2026-11-01T01:30.5",
      "2026-11-01T01:30+04",
      "2026-11-01T01:30+0400",
      "2026-11-01T01:30+4:00",
      "2026-11-01T01:30+04:0",
      "2026-11-01T01:30+24:00",
      "2026-11-01T01:30+04:60",
      "2026-11-01T01:30+04:00:60",
      "2026-11-01T01:30 Z",
      "2026-11-01T01:30Z+04:00",
      "2026-11-01T01:30+04:00[Europe/Berlin]",
      "2026-11-01T24:00",
      "2026-11-01T01:60",
      "2026-11-01T01:30:61",
      "2026-00-01T01:30",
      "2026-13-01T01:30",
      "2026-11-00T01:30",
      "2026-11-32T01:30",
      "2026-11-31T01:30",
      "2026-02-29T01:30",
      "1900-02-29T01:30",
      "2026-11-01T01:30:05-\xe2\x88\x92"
      "04:00",
      "\xd9\xa2"
      "026-11-01T01:30",
  };
  for (const char* text : texts) {
    CAPTURE(text);
    CHECK(why_not("", text) != "it was read");
  }
  CHECK(why_not("", std::string("2026-11-01T01:30\0", 17)) != "it was read");
}

TEST_CASE("a refusal says where the text goes wrong and what would be right", "[zone]") {
  CHECK(why_not("", "2026-13-01T00:00") == "at byte 6: the month is 1 to 12");
  CHECK(why_not("", "2026-1-01T00:00") == "at byte 6: the month must come next, 2 digits");
  CHECK(why_not("", "2026-11-01") == "at its end: \"T\" or a space and the time must come next");
  CHECK(why_not("", "2026-11-01T00:00x") == "at byte 17: \"Z\" or a UTC offset +hh:mm must come next");
  CHECK(why_not("", "2026-02-30T00:00") == "there is no 30 February 2026");
  CHECK(why_not("%G-W%V-%u %H:%M", "2025-W53-1 00:00") == "the year 2025 has no ISO week 53");
  CHECK(why_not("%Y-%j %H:%M", "2026-366 00:00") == "the year 2026 has no day 366");
  CHECK(why_not("%d/%m/%Y %H:%M", "1/x/2026 00:00") == "at byte 3: the month must come next, 1 to 2 digits");
  CHECK(why_not("%F %H:%M", "2026-11-01 00:00 GMT") == "at byte 17: nothing more may come");
  CHECK(why_not("%F at %H:%M", "2026-11-01 00:00") == "at byte 11: \" at \" must come next");
  CHECK(why_not("%d %b %Y %H:%M", "1 Okt 2026 00:00") ==
        "at byte 3: the three letters of an English month must come next");
  CHECK(why_not("%F %I:%M %p", "2026-11-01 01:00 xx") == "at byte 18: AM or PM must come next");
}

TEST_CASE("second 60 is second 0 of the next minute", "[zone]") {
  check({"", "2016-12-31T23:59:60", seconds({2017, 1, 1})});
  check({"", "2016-12-31T23:59:60.25Z", seconds({2017, 1, 1}), 250'000'000, 0});
  check({"%F %T", "2026-06-30 12:00:60", seconds({2026, 6, 30}, 12, 1)});
}

TEST_CASE("each conversion is read as the contract says", "[zone]") {
  const std::int64_t day = seconds({2026, 11, 5});
  const Good rows[] = {
      {"%Y%m%d%H%M%S%f", "20261105013005000000078", day + 5405, 78},
      {"%Y-%m-%d %H:%M", "2026-11-5 1:3", day + 3780},
      {"%d/%m/%y %H:%M", "5/11/26 00:00", day},
      {"%e %b %Y %H:%M", " 5 Nov 2026 00:00", day},
      {"%e %b %Y %H:%M", "5 Nov 2026 00:00", day},
      {"%e %b %Y %H:%M", "05 Nov 2026 00:00", day},
      {"%Y%e%m %H:%M", "2026 511 00:00", day},
      {"%Y%m%d%H%M%S%f", "20261105013005123", day + 5405, 123'000'000},
      {"%A, %d %B %Y %I:%M %p", "thursday, 05 NOVEMBER 2026 12:00 am", day},
      {"%a %b %d %H:%M:%S %Y", "Thu Nov 05 00:00:00 2026", day},
      {"%F %I%p%M", "2026-11-05 12PM00", day + 12 * 3600},
      {"%F %I%p%M", "2026-11-05 11PM59", day + 23 * 3600 + 59 * 60},
      {"%Y-%j %H:%M", "2026-309 00:00", day},
      {"%Y-%j %H:%M", "2024-366 00:00", seconds({2024, 12, 31})},
      {"%G-W%V-%u %H:%M", "2026-W45-4 00:00", day},
      {"%G-W%V-%a %H:%M", "2009-W53-Sun 00:00", seconds({2010, 1, 3})},
      {"%FT%T.%f%z", "2026-11-05T00:00:00.5+0530", day, 500'000'000, 19800},
      {"%FT%T%z", "2026-11-05T00:00:00+05:30", day, 0, 19800},
      {"%FT%T%Ez", "2026-11-05T00:00:00-0456", day, 0, -17760},
      {"%FT%T%z", "2026-11-05T00:00:00-045602", day, 0, -17762},
      {"%FT%T%z", "2026-11-05T00:00:00Z", day, 0, 0},
      {"%F %H:%M %%", "2026-11-05 00:00 %", day},
      {"%s", "1793511005", 1'793'511'005, 0, 0},
      {"%s.%f", "-2.500000000", -2, 500'000'000, 0},
      {"%s %z", "1793511005 -0400", 1'793'511'005 - 14400, 0, -14400},
  };
  for (const Good& row : rows) check(row);
}

TEST_CASE("years of two digits are 1969 to 2068", "[zone]") {
  check({"%y-%m-%d %H:%M", "69-01-01 00:00", seconds({1969, 1, 1})});
  check({"%y-%m-%d %H:%M", "99-01-01 00:00", seconds({1999, 1, 1})});
  check({"%y-%m-%d %H:%M", "00-01-01 00:00", seconds({2000, 1, 1})});
  check({"%y-%m-%d %H:%M", "68-01-01 00:00", seconds({2068, 1, 1})});
}

TEST_CASE("a format that a text cannot be read by is refused, and what it lacks is named", "[zone]") {
  struct Row {
    const char* format;
    const char* why;
  };
  const Row rows[] = {
      {"x", "add %Y"},
      {"%H:%M", "add %Y"},
      {"%m-%d %H:%M", "add %Y"},
      {"%Y %H:%M", "add %m and %d"},
      {"%Y-%m %H:%M", "add %m and %d"},
      {"%Y-W%V-%u %H:%M", "add %m and %d"},
      {"%G %H:%M", "add %V and %u"},
      {"%F", "add %H"},
      {"%F %M", "add %H"},
      {"%F %I:%M", "add %p"},
      {"%F %p %M", "add %I"},
      {"%F %H", "add %M"},
      {"%F %H:%M.%f", "add %S"},
      {"%F %T %Z", "%Z at byte 7 cannot be read"},
      {"%s %Z", "%Z at byte 4"},
      {"%s %F", "%Y at byte 4"},
      {"%H %s", "%H at byte 1"},
      {"%s%f", "%s at byte 1 has a digit right behind it"},
      {"%s0", "%s at byte 1 has a digit right behind it"},
      {"%z%F %H:%M", "%z at byte 1 has a digit right behind it"},
      {"%F%Ez0 %H:%M", "%Ez at byte 3 has a digit right behind it"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.format);
    const TimeFormat format(row.format);
    const BadRequest bad = refused([&] { TimeReader{format}; });
    CHECK(bad.code == BadRequestCode::BAD_FORMAT);
    CHECK(bad.index == -1);
    CHECK(mentions(bad, row.why));
  }
}

TEST_CASE("a text that contradicts itself is refused", "[zone]") {
  struct Row {
    const char* format;
    const char* text;
    const char* agreeing;
  };
  const Row rows[] = {
      {"%a %F %H:%M", "Mon 2026-11-05 00:00", "Thu 2026-11-05 00:00"},
      {"%F %j %H:%M", "2026-11-05 308 00:00", "2026-11-05 309 00:00"},
      {"%F %u %H:%M", "2026-11-05 5 00:00", "2026-11-05 4 00:00"},
      {"%F W%V %H:%M", "2026-11-05 W46 00:00", "2026-11-05 W45 00:00"},
      {"%F %G %H:%M", "2027-01-01 2027 00:00", "2027-01-01 2026 00:00"},
      {"%F %y %H:%M", "2026-11-05 25 00:00", "2026-11-05 26 00:00"},
      {"%F %b %H:%M", "2026-11-05 Oct 00:00", "2026-11-05 Nov 00:00"},
      {"%F %Y %H:%M", "2026-11-05 2025 00:00", "2026-11-05 2026 00:00"},
      {"%F %H:%M %p", "2026-11-05 13:00 AM", "2026-11-05 13:00 PM"},
      {"%F %H:%M %I", "2026-11-05 13:00 02", "2026-11-05 13:00 01"},
      {"%F %H:%M %M", "2026-11-05 13:00 01", "2026-11-05 13:00 00"},
      {"%F %T %z %z", "2026-11-05 13:00:00 +0100 +0000", "2026-11-05 13:00:00 +0000 Z"},
      {"%Y-%j %m %H:%M", "2026-309 10 00:00", "2026-309 11 00:00"},
      {"%G-W%V-%u %Y %H:%M", "2009-W53-7 2009 00:00", "2009-W53-7 2010 00:00"},
      {"%s %s", "1 2", "1 1"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.format, row.text);
    CHECK(why_not(row.format, row.text).find("contradicts itself") != std::string::npos);
    CHECK(why_not(row.format, row.agreeing) == "it was read");
  }
}

TEST_CASE("what a format does not read is refused", "[zone]") {
  struct Row {
    const char* format;
    const char* text;
  };
  const Row rows[] = {
      {"%Y%m%d %H:%M", "2026115 00:00"},
      {"%H%M %F", "130 2026-11-05"},
      {"%F 1%H:%M", "2026-11-05 11:00"},
      // the month or the day?
      {"%Y-%m-%d %H:%M", "26-11-05 00:00"},  // no year
      {"%Y-%m-%d %H:%M", "02026-11-05 00:00"},
      {"%Y-%m-%d %H:%M", "2026- 11-05 00:00"},  // only %e takes a space
      {"%Y-%m-%d %H:%M", "2026-011-05 00:00"},
      {"%Y-%m-%d %H:%M", "2026-11-05  00:00"},
      {"%Y-%m-%d %H:%M", "+2026-11-05 00:00"},
      {"%e %b %Y %H:%M", "  5 Nov 2026 00:00"},
      {"%b %d %Y %H:%M", "November 05 2026 00:00"},
      {"%B %d %Y %H:%M", "Nov 05 2026 00:00"},
      {"%F %I:%M %p", "2026-11-05 00:00 AM"},
      {"%F %I:%M %p", "2026-11-05 13:00 PM"},
      {"%F %H:%M", "2026-11-05 24:00"},
      {"%Y-%j %H:%M", "2026-366 00:00"},
      {"%Y-%j %H:%M", "2026-000 00:00"},
      {"%G-W%V-%u %H:%M", "2026-W54-1 00:00"},
      {"%G-W%V-%u %H:%M", "2025-W53-1 00:00"},
      {"%G-W%V-%u %H:%M", "2026-W01-0 00:00"},
      {"%G-W%V-%u %H:%M", "2026-W01-8 00:00"},
      {"%FT%T.%f", "2026-11-05T00:00:00.1234567890"},
      {"%f%Y%m%d%H%M%S", "12320261105000000"},
      {"%FT%T%z", "2026-11-05T00:00:00"},
      {"%FT%T%z", "2026-11-05T00:00:00+05"},
      {"%FT%T%z", "2026-11-05T00:00:00UTC"},
      {"%s", "+5"},
      {"%s", "-"},
      {"%s", "1.5"},
      {"%s", " 1"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.format, row.text);
    CHECK(why_not(row.format, row.text) != "it was read");
  }
}

TEST_CASE("a count of seconds that no i64 holds is out of range and not another instant", "[zone]") {
  CHECK(read("%s", "99999999999999999999999999").local_s > 9'223'372'037);
  CHECK(read("%s", "-99999999999999999999999999").local_s < -9'223'372'037);
  CHECK(read("%s", "18446744073709551617").local_s > 9'223'372'037);
}

}  // namespace
}  // namespace timeservice::zone
