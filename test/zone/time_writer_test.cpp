#include "server/time/zone/time_writer.h"

#include <cstdint>
#include <string>

#include <locale.h>

#include "test/support/catch.h"

namespace timeservice::zone {
namespace {

std::string written(const std::string& format, const ZonedTime& time) {
  std::string text;
  write_time(text, TimeFormat(format), time);
  return text;
}

// 2026-11-01T01:30:05.000000078-04:00, a Sunday.
const ZonedTime kTime = {1'793'511'005, 78, -4 * 3600, "EDT"};

TEST_CASE("each conversion writes what the contract says", "[zone]") {
  struct Row {
    const char* format;
    const char* text;
  };
  const Row rows[] = {
      {"%Y", "2026"},       {"%m", "11"},
      {"%d", "01"},         {"%e", " 1"},
      {"%j", "305"},        {"%H", "01"},
      {"%I", "01"},         {"%p", "AM"},
      {"%M", "30"},         {"%S", "05"},
      {"%f", "000000078"},  {"%z", "-0400"},
      {"%Ez", "-04:00"},    {"%Z", "EDT"},
      {"%a", "Sun"},        {"%A", "Sunday"},
      {"%b", "Nov"},        {"%B", "November"},
      {"%u", "7"},          {"%V", "44"},
      {"%G", "2026"},       {"%y", "26"},
      {"%s", "1793511005"}, {"%F", "2026-11-01"},
      {"%T", "01:30:05"},   {"%%", "%"},
      {"a%%Yb", "a%Yb"},    {"%Y%m%dT%H%M%S%z", "20261101T013005-0400"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.format);
    CHECK(written(row.format, kTime) == row.text);
  }
}

TEST_CASE("no format is ISO 8601 with all its digits", "[zone]") {
  CHECK(written("", kTime) == "2026-11-01T01:30:05.000000078-04:00");
  CHECK(written("", {0, 0, 0, "UTC"}) == "1970-01-01T00:00:00.000000000+00:00");
  CHECK(written("", {-1, 999'999'999, 0, "UTC"}) == "1969-12-31T23:59:59.999999999+00:00");
  CHECK(written("", {-9'223'372'037, 145'224'193, 0, "UTC"}) == "1677-09-21T00:12:43.145224193+00:00");
  CHECK(written("", {9'223'372'036, 854'775'807, 0, "UTC"}) == "2262-04-11T23:47:16.854775807+00:00");
}

TEST_CASE("an offset's seconds are written where there are some", "[zone]") {
  const ZonedTime old = {-5'000'000'000, 0, -(4 * 3600 + 56 * 60 + 2), "LMT"};
  CHECK(written("%Ez", old) == "-04:56:02");
  CHECK(written("%z", old) == "-045602");
  CHECK(written("%Ez", {0, 0, -15, ""}) == "-00:00:15");
  CHECK(written("%Ez %z", {0, 0, 13 * 3600 + 45 * 60, ""}) == "+13:45 +1345");
}

TEST_CASE("the hours of twelve begin with twelve", "[zone]") {
  const char* const expected[] = {"12 AM", "01 AM", "11 AM", "12 PM", "01 PM", "11 PM"};
  const int hours[] = {0, 1, 11, 12, 13, 23};
  for (int i = 0; i < 6; ++i) CHECK(written("%I %p", {hours[i] * 3600, 0, 0, ""}) == expected[i]);
}

TEST_CASE("the seconds of the epoch are written as they are, also before it", "[zone]") {
  CHECK(written("%s", {-2, 500'000'000, 3600, ""}) == "-2");
  CHECK(written("%s.%f", {-2, 500'000'000, 3600, ""}) == "-2.500000000");
  CHECK(written("%s", {-9'223'372'037, 0, 0, ""}) == "-9223372037");
}

TEST_CASE("the weekdays and months have all their names", "[zone]") {
  CHECK(written("%a %A %u", {0, 0, 0, ""}) == "Thu Thursday 4");
  std::string weekdays, months;
  for (int i = 0; i < 7; ++i) weekdays += written("%a", {i * 86400, 0, 0, ""});
  for (int i = 0; i < 12; ++i) months += written("%b", {i * 30 * 86400 + 15 * 86400, 0, 0, ""});
  CHECK(weekdays == "ThuFriSatSunMonTueWed");
  CHECK(months == "JanFebMarAprMayJunJulAugSepOctNovDec");
}

TEST_CASE("a format full of conversions writes no more than they do", "[zone]") {
  std::string names, expected;
  for (int i = 0; i < 64; ++i) {
    names += "%A";
    expected += "Sunday";
  }
  CHECK(written(names, kTime) == expected);
}

}  // namespace
}  // namespace timeservice::zone
