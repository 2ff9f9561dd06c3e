// Which instant a local time is, also where it does not exist or happens twice.
#include <limits>
#include <string>
#include <vector>

#include "test/support/catch.h"
#include "test/zone/conversions.h"
#include "test/zone/refused.h"

namespace timeservice::zone {
namespace {

using test::instants;
using test::kEarliest;
using test::kLatest;
using test::kNewYork;
using test::kSecond;
using test::mentions;
using test::refused;

TEST_CASE("the policy decides where a local time is skipped or repeated", "[zone]") {
  using D = Disambiguation;
  struct Row {
    const char* text;
    LocalKind::type kind;
    /// As UTC, for COMPATIBLE, EARLIER and LATER.
    const char* instants[3];
    std::int32_t offsets_s[3];
  };
  const Row rows[] = {
      {"2026-03-08T02:30",
       LocalKind::SKIPPED,
       {"2026-03-08T07:30Z", "2026-03-08T06:30Z", "2026-03-08T07:30Z"},
       {-18000, -14400, -18000}},
      {"2026-11-01T01:30",
       LocalKind::REPEATED,
       {"2026-11-01T05:30Z", "2026-11-01T05:30Z", "2026-11-01T06:30Z"},
       {-14400, -14400, -18000}},
      {"2050-03-13T02:30",
       LocalKind::SKIPPED,
       {"2050-03-13T07:30Z", "2050-03-13T06:30Z", "2050-03-13T07:30Z"},
       {-18000, -14400, -18000}},
      {"2026-03-08T01:59:59.999999999",
       LocalKind::UNIQUE,
       {"2026-03-08T06:59:59.999999999Z", "2026-03-08T06:59:59.999999999Z", "2026-03-08T06:59:59.999999999Z"},
       {-18000, -18000, -18000}},
      {"2026-03-08T03:00",
       LocalKind::UNIQUE,
       {"2026-03-08T07:00Z", "2026-03-08T07:00Z", "2026-03-08T07:00Z"},
       {-14400, -14400, -14400}},
      {"2026-11-01T02:00",
       LocalKind::UNIQUE,
       {"2026-11-01T07:00Z", "2026-11-01T07:00Z", "2026-11-01T07:00Z"},
       {-18000, -18000, -18000}},
  };
  const D::type policies[] = {D::COMPATIBLE, D::EARLIER, D::LATER};
  for (const Row& row : rows) {
    for (int i = 0; i < 3; ++i) {
      CAPTURE(row.text, i);
      const ResolvedTime resolved = instants({row.text}, kNewYork, "", policies[i]).at(0);
      CHECK(resolved.instant_ns == instants({row.instants[i]}).at(0).instant_ns);
      CHECK(resolved.kind == row.kind);
      CHECK(resolved.utc_offset_s == row.offsets_s[i]);
    }
  }
}

TEST_CASE("without a policy, or with one that nobody knows, nothing is chosen", "[zone]") {
  for (const int number : {0, 4, -1, 77, std::numeric_limits<int>::max()}) {
    const auto policy = static_cast<Disambiguation::type>(number);
    const BadRequest skipped = refused([&] {
      instants({"2026-03-08T01:30", "2026-03-08T02:30"}, kNewYork, "", policy);
    });
    CHECK(skipped.code == BadRequestCode::NONEXISTENT_TIME);
    CHECK(skipped.index == 1);
    CHECK(mentions(skipped, "\"2026-03-08T02:30\": America/New_York skips this local time"));
    CHECK(mentions(skipped, "from -05:00 to -04:00"));
    const BadRequest repeated = refused([&] { instants({"2026-11-01T01:30"}, kNewYork, "", policy); });
    CHECK(repeated.code == BadRequestCode::AMBIGUOUS_TIME);
    CHECK(repeated.index == 0);
    CHECK(mentions(repeated, "by the UTC offset -04:00 and by -05:00"));
    CHECK(instants({"2026-11-01T02:30"}, kNewYork, "", policy).at(0).kind == LocalKind::UNIQUE);
  }
}

TEST_CASE("a text with an offset does not need the zone, which must exist all the same", "[zone]") {
  // Skipped and repeated in New York.
  for (const char* text : {"2026-03-08T02:30+01:00", "2026-11-01T01:30+01:00"}) {
    const ResolvedTime resolved = instants({text}, kNewYork).at(0);
    CHECK(resolved.kind == LocalKind::UNIQUE);
    CHECK(resolved.utc_offset_s == 3600);
    CHECK(resolved.instant_ns == instants({text}, "Asia/Tokyo").at(0).instant_ns);
  }
  const ResolvedTime counted = instants({"1793511005"}, kNewYork, "%s").at(0);
  CHECK(counted.instant_ns == 1'793'511'005 * kSecond);
  CHECK(counted.utc_offset_s == 0);
  CHECK(instants({"1793511005 -0400"}, "", "%s %z").at(0).instant_ns == 1'793'511'005 * kSecond);
  CHECK(instants({"1793511005 -0400"}, "", "%s %z").at(0).utc_offset_s == -14400);
  CHECK(refused([] { instants({"2026-11-01T01:30Z"}, "Nowhere"); }).code == BadRequestCode::UNKNOWN_ZONE);
}

TEST_CASE("texts with and without an offset can be mixed", "[zone]") {
  const auto resolved = instants({"2026-07-01T00:00", "2026-07-01T00:00Z", "2026-07-01T00:00"}, "Asia/Tokyo");
  CHECK(resolved[0].utc_offset_s == 9 * 3600);
  CHECK(resolved[1].utc_offset_s == 0);
  CHECK(resolved[2].instant_ns == resolved[0].instant_ns);
}

TEST_CASE("the first and last instants are read, and none beyond them", "[zone]") {
  CHECK(instants({"1677-09-21T00:12:43.145224193"}).at(0).instant_ns == kEarliest);
  CHECK(instants({"2262-04-11T23:47:16.854775807"}).at(0).instant_ns == kLatest);
  CHECK(instants({"2262-04-12T23:47:15.854775807+23:59:59"}).at(0).instant_ns == kLatest);
  for (const char* text :
       {"1677-09-21T00:12:43.145224192", "1677-09-21T00:12:43.145224191", "1677-09-21T00:12:43",
        "1677-09-21T00:12:42.999999999", "2262-04-11T23:47:16.854775808", "2262-04-11T23:47:17",
        "0000-01-01T00:00", "9999-12-31T23:59:59", "9999-12-31T23:59:59-23:59", "1600-01-01T00:00"}) {
    CAPTURE(text);
    for (const char* zone : {"", "America/New_York", "Pacific/Apia"}) {
      if (*zone != '\0' && std::string(text).substr(0, 4) != "9999") continue;
      const BadRequest bad = refused([&] { instants({"2026-01-01T00:00", text}, zone); });
      CHECK(bad.code == BadRequestCode::OUT_OF_RANGE);
      CHECK(bad.index == 1);
      CHECK(mentions(bad, text));
    }
  }
  for (const char* count : {"9223372037", "-9223372038", "-9223372037", "99999999999999999999",
                            "-99999999999999999999", "18446744073709551616"}) {
    CAPTURE(count);
    CHECK(refused([&] { instants({count}, "", "%s"); }).code == BadRequestCode::OUT_OF_RANGE);
  }
  CHECK(instants({"-9223372036"}, "", "%s").at(0).instant_ns == -9'223'372'036 * kSecond);
}

TEST_CASE("from_local checks the size, then the zone, the format and the items in order", "[zone]") {
  const std::vector<std::string> too_many(10001, "x");
  CHECK(refused([&] { instants(too_many, "Nowhere", "%Q"); }).code == BadRequestCode::TOO_MANY);
  CHECK(refused([&] { instants({"x"}, "Nowhere", "%Q"); }).code == BadRequestCode::UNKNOWN_ZONE);
  CHECK(refused([&] { instants({"x"}, kNewYork, "%Q"); }).code == BadRequestCode::BAD_FORMAT);
  CHECK(refused([&] { instants({}, kNewYork, "%H:%M"); }).code == BadRequestCode::BAD_FORMAT);
  const std::vector<std::string> mixed = {"2026-01-01T00:00", "2026-02-30T00:00", "2026-03-08T02:30",
                                          "9999-01-01T00:00"};
  const BadRequest bad = refused([&] { instants(mixed, kNewYork); });
  CHECK(bad.code == BadRequestCode::BAD_TEXT);
  CHECK(bad.index == 1);
  CHECK(bad.message == "\"2026-02-30T00:00\": there is no 30 February 2026");
}

TEST_CASE("a call that is refused at its last item answers nothing", "[zone]") {
  std::vector<std::string> texts(10000, "2026-01-01T00:00");
  texts.back() = "%n%n%s" + std::string(5000, '\xff');
  const BadRequest bad = refused([&] { instants(texts, kNewYork); });
  CHECK(bad.code == BadRequestCode::BAD_TEXT);
  CHECK(bad.index == 9999);
}

}  // namespace
}  // namespace timeservice::zone
