// Since when and until when a zone's offset holds.
#include <algorithm>
#include <cstdint>
#include <string>

#include "test/support/catch.h"
#include "test/zone/conversions.h"
#include "test/zone/refused.h"

namespace timeservice::zone {
namespace {

using test::catalog;
using test::instants;
using test::kEarliest;
using test::kLatest;
using test::kNewYork;
using test::kNoInstant;
using test::periods;
using test::refused;

TEST_CASE("the periods of a stretch of time cover it without holes", "[zone]") {
  const std::int64_t from_ns = instants({"2026-01-01T00:00Z"}).at(0).instant_ns + 1;
  const std::int64_t until_ns = instants({"2027-01-01T00:00Z"}).at(0).instant_ns - 1;
  const auto found = periods(kNewYork, from_ns, until_ns);
  REQUIRE(found.size() == 3);
  CHECK(found[0].start_ns == from_ns);
  CHECK(found[0].end_ns == instants({"2026-03-08T07:00Z"}).at(0).instant_ns);
  CHECK(found[1].start_ns == found[0].end_ns);
  CHECK(found[1].end_ns == instants({"2026-11-01T06:00Z"}).at(0).instant_ns);
  CHECK(found[2].start_ns == found[1].end_ns);
  CHECK(found[2].end_ns == until_ns);
  CHECK(found[1].utc_offset_s == -14400);
  CHECK(found[1].abbreviation == "EDT");
}

TEST_CASE("a period begins at the change itself and not a nanosecond later", "[zone]") {
  const std::int64_t change_ns = instants({"2026-03-08T07:00Z"}).at(0).instant_ns;
  CHECK(periods(kNewYork, change_ns - 1, change_ns).at(0).abbreviation == "EST");
  CHECK(periods(kNewYork, change_ns, change_ns + 1).at(0).abbreviation == "EDT");
  CHECK(periods(kNewYork, change_ns - 1, change_ns).size() == 1);
  CHECK(periods(kNewYork, change_ns, change_ns + 1).size() == 1);
  CHECK(periods(kNewYork, change_ns - 1, change_ns + 1).size() == 2);
}

TEST_CASE("all of time has its periods, in every zone", "[zone]") {
  std::size_t most = 0;
  for (const std::string& name : catalog().names()) {
    CAPTURE(name);
    const auto found = periods(name, kEarliest, kLatest);
    REQUIRE_FALSE(found.empty());
    most = std::max(most, found.size());
    CHECK(found.front().start_ns == kEarliest);
    CHECK(found.back().end_ns == kLatest);
    std::size_t wrong = 0;
    for (std::size_t i = 1; i < found.size(); ++i) {
      if (found[i].start_ns != found[i - 1].end_ns || found[i].start_ns >= found[i].end_ns) ++wrong;
      if (found[i].utc_offset_s == found[i - 1].utc_offset_s &&
          found[i].abbreviation == found[i - 1].abbreviation) {
        ++wrong;
      }
    }
    CHECK(wrong == 0);
  }
  // One call is enough for a client that wants them all.
  CHECK(most > 500);
  CHECK(most < 2000);
}

TEST_CASE("zone_periods is empty for no time, and refuses what is no instant", "[zone]") {
  CHECK(periods("", 5, 5).empty());
  CHECK(periods("", 5, 4).empty());
  CHECK(periods("", kLatest, kEarliest).empty());
  CHECK(periods("", 5, 6).size() == 1);
  CHECK(refused([] { periods("Nowhere", 5, 5); }).code == BadRequestCode::UNKNOWN_ZONE);
  CHECK(refused([] { periods("Nowhere", kNoInstant, 5); }).code == BadRequestCode::UNKNOWN_ZONE);
  for (const BadRequest& bad :
       {refused([] { periods("", kNoInstant, 5); }), refused([] { periods("", 5, kNoInstant); }),
        refused([] { periods("", kNoInstant, kNoInstant); })}) {
    CHECK(bad.code == BadRequestCode::OUT_OF_RANGE);
    CHECK(bad.index == -1);
  }
}

}  // namespace
}  // namespace timeservice::zone
