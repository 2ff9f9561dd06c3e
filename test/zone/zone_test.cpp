#include "server/time/zone/zone.h"

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "server/time/zone/zone_catalog.h"
#include "test/support/catch.h"
#include "test/zone/tz_tree.h"

namespace timeservice::zone {
namespace {

const ZoneCatalog& catalog() {
  static const ZoneCatalog catalog(test::kSystemTree);
  return catalog;
}

TEST_CASE("a hint never changes the period that is found", "[zone]") {
  const Zone& zone = catalog().find("Europe/London");
  const std::size_t count = zone.periods().size();
  std::int64_t wrong = 0;
  for (std::size_t i = 1; i < count; ++i) {
    const std::int64_t start_s = zone.periods()[i].start_s;
    for (const std::size_t hint : {std::size_t{0}, i - 1, i, i + 1, count - 1, count, SIZE_MAX}) {
      if (zone.period_at(start_s, hint) != i) ++wrong;
      if (zone.period_at(start_s - 1, hint) != i - 1) ++wrong;
    }
  }
  CHECK(wrong == 0);
  CHECK(zone.period_at(INT64_MIN, 0) == 0);
  CHECK(zone.period_at(INT64_MAX, 0) == count - 1);
}

/// By the definition: the instants at which the clock shows this time.
std::vector<std::int64_t> instants_of(const Zone& zone, std::int64_t local_s) {
  std::vector<std::int64_t> result;
  const std::vector<Period>& periods = zone.periods();
  for (std::size_t i = 0; i < periods.size(); ++i) {
    const std::int64_t instant_s = local_s - periods[i].wall.offset_s;
    if (periods[i].start_s <= instant_s && (i + 1 == periods.size() || instant_s < periods[i + 1].start_s)) {
      result.push_back(instant_s);
    }
  }
  return result;
}

TEST_CASE("a local time is what the clock shows at no, one or two instants", "[zone]") {
  std::mt19937_64 random(7);
  std::size_t checked = 0, wrong = 0, skipped = 0, repeated = 0;
  for (std::size_t n = 0; n < catalog().names().size(); n += 7) {
    const Zone& zone = catalog().find(catalog().names()[n]);
    std::vector<std::int64_t> locals = {-62'135'596'800, 253'402'300'799};
    for (std::size_t i = 1; i < zone.periods().size(); i += 5) {
      for (const std::int64_t away : {-90000, -3600, -1, 0, 1, 1800, 3600, 86400}) {
        locals.push_back(zone.periods()[i].start_s + zone.periods()[i].wall.offset_s + away);
        locals.push_back(zone.periods()[i].start_s + zone.periods()[i - 1].wall.offset_s + away);
      }
    }
    for (const std::int64_t local_s : locals) {
      const Resolution resolution = zone.resolve(local_s);
      const std::vector<std::int64_t> instants = instants_of(zone, local_s);
      ++checked;
      if (instants.size() == 1) {
        if (resolution.kind != LocalKind::UNIQUE || local_s - resolution.before_offset_s != instants[0] ||
            resolution.after_offset_s != resolution.before_offset_s) {
          ++wrong;
        }
      } else if (instants.size() == 2) {
        ++repeated;
        if (resolution.kind != LocalKind::REPEATED || local_s - resolution.before_offset_s != instants[0] ||
            local_s - resolution.after_offset_s != instants[1]) {
          ++wrong;
        }
      } else {
        ++skipped;
        if (resolution.kind != LocalKind::SKIPPED || resolution.before_offset_s >= resolution.after_offset_s)
          ++wrong;
      }
    }
  }
  CHECK(wrong == 0);
  CHECK(skipped > 500);
  CHECK(repeated > 500);
  CHECK(checked > 10000);
}

struct Change {
  const char* zone;
  std::int64_t at_s;
  std::int32_t before_s;
  const char* before;
  std::int32_t after_s;
  const char* after;
};

TEST_CASE("changes that other software gets wrong are right", "[zone]") {
  constexpr std::int32_t kHour = 3600;
  const Change rows[] = {
      // Half an hour of daylight saving.
      {"Australia/Lord_Howe", 1'775'314'800, 11 * kHour, "+11", 10 * kHour + 1800, "+1030"},
      {"Australia/Lord_Howe", 1'791'041'400, 10 * kHour + 1800, "+1030", 11 * kHour, "+11"},
      // Winter time is the database's "daylight saving", with a negative one.
      {"Europe/Dublin", 1'774'746'000, 0, "GMT", kHour, "IST"},
      {"Europe/Dublin", 1'792'890'000, kHour, "IST", 0, "GMT"},
      // Ramadan.
      {"Africa/Casablanca", 1'771'120'800, kHour, "+01", 0, "+00"},
      {"Africa/Casablanca", 1'774'144'800, 0, "+00", kHour, "+01"},
      // Friday 30 December 2011 was not.
      {"Pacific/Apia", 1'325'239'200, -10 * kHour, "-10", 14 * kHour, "+14"},
      // Two hours at once.
      {"Antarctica/Troll", 1'774'746'000, 0, "+00", 2 * kHour, "+02"},
      // Local mean time, to the second.
      {"America/New_York", -2'717'650'800, -(4 * kHour + 56 * 60 + 2), "LMT", -5 * kHour, "EST"},
      // By the rule in the file's last line.
      {"America/New_York", 2'530'767'600, -5 * kHour, "EST", -4 * kHour, "EDT"},
      {"Europe/Berlin", 9'190'803'600, kHour, "CET", 2 * kHour, "CEST"},
  };
  for (const Change& row : rows) {
    CAPTURE(row.zone, row.at_s);
    const Zone& zone = catalog().find(row.zone);
    const std::size_t after = zone.period_at(row.at_s, 0);
    REQUIRE(after > 0);
    CHECK(zone.periods()[after].start_s == row.at_s);
    CHECK(zone.periods()[after].wall.offset_s == row.after_s);
    CHECK(zone.periods()[after].wall.abbreviation == row.after);
    CHECK(zone.periods()[after - 1].wall.offset_s == row.before_s);
    CHECK(zone.periods()[after - 1].wall.abbreviation == row.before);
  }
}

TEST_CASE("every local time of a day that was left out is skipped", "[zone]") {
  const Zone& zone = catalog().find("Pacific/Apia");
  const std::int64_t day_s = 1'325'203'200;  // 2011-12-30T00:00:00
  CHECK(zone.resolve(day_s - 1).kind == LocalKind::UNIQUE);
  for (const std::int64_t second : {0, 1, 43200, 86399}) {
    const Resolution resolution = zone.resolve(day_s + second);
    CHECK(resolution.kind == LocalKind::SKIPPED);
    CHECK(resolution.before_offset_s == -36000);
    CHECK(resolution.after_offset_s == 50400);
  }
  CHECK(zone.resolve(day_s + 86400).kind == LocalKind::UNIQUE);
}

}  // namespace
}  // namespace timeservice::zone
