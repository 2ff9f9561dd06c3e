// What a zone's wall clock shows at an instant.
#include <cstdint>
#include <string>
#include <vector>

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
using test::kSecond;
using test::local;
using test::mentions;
using test::refused;

TEST_CASE("instants become local times in the order given", "[zone]") {
  const auto answers = local({1'793'511'005 * kSecond + 78, 1'793'514'605 * kSecond, 0}, kNewYork);
  REQUIRE(answers.size() == 3);
  CHECK(answers[0].text == "2026-11-01T01:30:05.000000078-04:00");
  CHECK(answers[0].utc_offset_s == -14400);
  CHECK(answers[0].abbreviation == "EDT");
  CHECK(answers[1].text == "2026-11-01T01:30:05.000000000-05:00");
  CHECK(answers[1].utc_offset_s == -18000);
  CHECK(answers[1].abbreviation == "EST");
  CHECK(answers[2].text == "1969-12-31T19:00:00.000000000-05:00");
  CHECK(local({}, kNewYork).empty());
}

TEST_CASE("without a zone it is UTC, and the first and last instants have their texts", "[zone]") {
  const auto answers = local({kEarliest, -1, 0, kLatest});
  CHECK(answers[0].text == "1677-09-21T00:12:43.145224193+00:00");
  CHECK(answers[1].text == "1969-12-31T23:59:59.999999999+00:00");
  CHECK(answers[2].text == "1970-01-01T00:00:00.000000000+00:00");
  CHECK(answers[3].text == "2262-04-11T23:47:16.854775807+00:00");
  CHECK(answers[3].abbreviation == "UTC");
  for (const std::string& name : catalog().names()) {
    const auto ends = local({kEarliest, kLatest}, name);
    CHECK(instants({ends[0].text, ends[1].text})[0].instant_ns == kEarliest);
    CHECK(instants({ends[0].text, ends[1].text})[1].instant_ns == kLatest);
  }
}

TEST_CASE("to_local checks the size, then the zone, the format and the items in order", "[zone]") {
  const std::vector<std::int64_t> too_many(10001, kNoInstant);
  const std::vector<std::int64_t> bad_items = {1, kNoInstant, 2, kNoInstant};
  CHECK(refused([&] { local(too_many, "Nowhere", "%Q"); }).code == BadRequestCode::TOO_MANY);
  CHECK(refused([&] { local(bad_items, "Nowhere", "%Q"); }).code == BadRequestCode::UNKNOWN_ZONE);
  CHECK(refused([&] { local(bad_items, kNewYork, "%Q"); }).code == BadRequestCode::BAD_FORMAT);
  const BadRequest bad = refused([&] { local(bad_items, kNewYork); });
  CHECK(bad.code == BadRequestCode::OUT_OF_RANGE);
  CHECK(bad.index == 1);
  CHECK(mentions(bad, "-2^63"));
  // An empty list is no way around the checks.
  CHECK(refused([&] { local({}, "Nowhere"); }).code == BadRequestCode::UNKNOWN_ZONE);
  CHECK(refused([&] { local({}, kNewYork, "%Q"); }).code == BadRequestCode::BAD_FORMAT);
}

TEST_CASE("a reply that would be too large is refused, with what to do", "[zone]") {
  std::string names;
  for (int i = 0; i < 64; ++i) names += "%A";
  const std::vector<std::int64_t> many(10'000, 0);
  const BadRequest bad = refused([&] { local(many, "", names); });
  CHECK(bad.code == BadRequestCode::TOO_MANY);
  CHECK(mentions(bad, "shorter format"));
  CHECK(local(many).size() == many.size());  // as ISO 8601 the most that is taken fits
  std::vector<LocalTime> small;
  CHECK_NOTHROW(to_local(small, catalog(), {0, 0}, "UTC", "", 2 * (35 + 3 + 22)));
  CHECK_THROWS_AS(to_local(small, catalog(), {0, 0}, "UTC", "", 2 * (35 + 3 + 22) - 1), BadRequest);
}

TEST_CASE("a list may have ten thousand items and no more", "[zone]") {
  CHECK(local(std::vector<std::int64_t>(10000, 5)).back().text == "1970-01-01T00:00:00.000000005+00:00");
  CHECK(instants(std::vector<std::string>(10000, "1970-01-01T00:00")).size() == 10000);
  for (const BadRequest& bad : {refused([] { local(std::vector<std::int64_t>(10001, 5)); }),
                                refused([] { instants(std::vector<std::string>(10001)); })}) {
    CHECK(bad.code == BadRequestCode::TOO_MANY);
    CHECK(bad.index == -1);
    CHECK(mentions(bad, "10001"));
    CHECK(mentions(bad, "10000"));
  }
}

}  // namespace
}  // namespace timeservice::zone
