#include "server/time/zone/tz_rule.h"

#include <cstdint>
#include <stdexcept>
#include <string>

#include "server/time/zone/civil_date.h"
#include "test/support/catch.h"

namespace timeservice::zone {
namespace {

/// Of a date and hours after it.
std::int64_t utc_s(const CivilDate& date, double hours) {
  return day_of(date) * 86400 + static_cast<std::int64_t>(hours * 3600);
}

TEST_CASE("rules without daylight saving have one offset, east of Greenwich if negative", "[zone]") {
  struct Row {
    const char* text;
    WallOffset standard;
  };
  const Row rows[] = {
      {"UTC0", {0, "UTC"}},         {"<+0530>-5:30", {19800, "+0530"}},
      {"<-03>3", {-10800, "-03"}},  {"HST10", {-36000, "HST"}},
      {"<+14>-14", {50400, "+14"}}, {"LMT0:36:32", {-2192, "LMT"}},
      {"JST-9", {32400, "JST"}},    {"<-00>0", {0, "-00"}},
      {"EST+5", {-18000, "EST"}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const TzRule rule(row.text);
    CHECK(rule.standard() == row.standard);
    CHECK_FALSE(rule.daylight());
  }
}

TEST_CASE("rules say when daylight saving starts and ends", "[zone]") {
  struct Row {
    const char* text;
    std::int32_t daylight_s;
    std::int32_t year;
    std::int64_t start_s, end_s;
  };
  const Row rows[] = {
      {"EST5EDT,M3.2.0,M11.1.0", -14400, 2026, utc_s({2026, 3, 8}, 7), utc_s({2026, 11, 1}, 6)},
      {"EST5EDT4,M3.2.0/2,M11.1.0/2", -14400, 2050, utc_s({2050, 3, 13}, 7), utc_s({2050, 11, 6}, 6)},
      {"CET-1CEST,M3.5.0,M10.5.0/3", 7200, 2026, utc_s({2026, 3, 29}, 1), utc_s({2026, 10, 25}, 1)},
      {"IST-1GMT0,M10.5.0,M3.5.0/1", 0, 2026, utc_s({2026, 10, 25}, 1), utc_s({2026, 3, 29}, 1)},
      {"<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", 39600, 2026, utc_s({2026, 10, 3}, 15.5),
       utc_s({2026, 4, 4}, 15)},
      {"<+00>0<+02>-2,M3.5.0/1,M10.5.0/3", 7200, 2026, utc_s({2026, 3, 29}, 1), utc_s({2026, 10, 25}, 1)},
      // Hours before the day, and after it.
      {"<-02>2<-01>,M3.5.0/-1,M10.5.0/0", -3600, 2026, utc_s({2026, 3, 29}, 1), utc_s({2026, 10, 25}, 1)},
      {"IST-2IDT,M3.4.4/26,M10.5.0", 10800, 2026, utc_s({2026, 3, 27}, 0), utc_s({2026, 10, 24}, 23)},
      {"EET-2EEST,M3.4.4/50,M10.4.4/50", 10800, 2026, utc_s({2026, 3, 28}, 0), utc_s({2026, 10, 23}, 23)},
      // Days by number: with the leap day, and without.
      {"AAA0BBB,59,300", 3600, 2026, utc_s({2026, 3, 1}, 2), utc_s({2026, 10, 28}, 1)},
      {"AAA0BBB,59,300", 3600, 2024, utc_s({2024, 2, 29}, 2), utc_s({2024, 10, 27}, 1)},
      {"AAA0BBB,J59,J60", 3600, 2024, utc_s({2024, 2, 28}, 2), utc_s({2024, 3, 1}, 1)},
      {"AAA0BBB,J59,J60", 3600, 2026, utc_s({2026, 2, 28}, 2), utc_s({2026, 3, 1}, 1)},
      {"AAA0BBB,M2.5.0/0,M2.1.6/0", 3600, 2026, utc_s({2026, 2, 22}, 0), utc_s({2026, 2, 7}, -1)},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text, row.year);
    const TzRule rule(row.text);
    REQUIRE(rule.daylight());
    CHECK(rule.daylight()->offset_s == row.daylight_s);
    CHECK(rule.changes(row.year).start_s == row.start_s);
    CHECK(rule.changes(row.year).end_s == row.end_s);
  }
}

TEST_CASE("what is no rule is refused", "[zone]") {
  for (const char* text : {"",
                           "0",
                           "EST",
                           "ES5",
                           "<ES5",
                           "<EST>",
                           "EST5EDT",
                           "EST5EDT,",
                           "EST5EDT,M3.2.0",
                           "EST5EDT,M3.2.0,",
                           "EST5EDT,M3.2.0,M11.1.0,",
                           "EST5EDT,M3.2.0,M11.1.0 ",
                           "EST5EDT,M13.2.0,M11.1.0",
                           "EST5EDT,M0.2.0,M11.1.0",
                           "EST5EDT,M3.6.0,M11.1.0",
                           "EST5EDT,M3.0.0,M11.1.0",
                           "EST5EDT,M3.2.7,M11.1.0",
                           "EST5EDT,M3.2,M11.1.0",
                           "EST5EDT,J0,J1",
                           "EST5EDT,J366,J1",
                           "EST5EDT,366,1",
                           "EST5EDT,1/168,2",
                           "EST5EDT,1/-168,2",
                           "EST5EDT,1/2:60,2",
                           "EST24",
                           "EST5:60",
                           "EST5:0:60",
                           "EST5E1T,1,2",
                           "\n",
                           ":America/New_York",
                           "EST5EDT,M3.2.0/,M11.1.0"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(TzRule(text), std::runtime_error);
  }
}

}  // namespace
}  // namespace timeservice::zone
