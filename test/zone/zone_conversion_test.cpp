#include "server/time/zone/zone_conversion.h"

#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "test/support/catch.h"
#include "test/zone/refused.h"
#include "test/zone/tz_tree.h"

namespace timeservice::zone {
namespace {

using test::mentions;
using test::refused;

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kNoInstant = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kEarliest = kNoInstant + 1;
constexpr std::int64_t kLatest = std::numeric_limits<std::int64_t>::max();
const std::string kNewYork = "America/New_York";

const ZoneCatalog& catalog() {
  static const ZoneCatalog catalog(test::kSystemTree);
  return catalog;
}

std::vector<LocalTime> local(const std::vector<std::int64_t>& instants_ns, const std::string& zone = "",
                             const std::string& format = "") {
  std::vector<LocalTime> result(3);  // whatever was there is replaced
  to_local(result, catalog(), instants_ns, zone, format);
  return result;
}

std::vector<ResolvedTime> instants(const std::vector<std::string>& texts, const std::string& zone = "",
                                   const std::string& format = "",
                                   Disambiguation::type policy = Disambiguation::REJECT) {
  std::vector<ResolvedTime> result(3);
  from_local(result, catalog(), texts, zone, format, policy);
  return result;
}

std::vector<ZonePeriod> periods(const std::string& zone, std::int64_t from_ns, std::int64_t until_ns) {
  std::vector<ZonePeriod> result(3);
  zone_periods(result, catalog(), zone, from_ns, until_ns);
  return result;
}

// --- to_local ---------------------------------------------------------------------

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

TEST_CASE("formats that write all of an instant read it back", "[zone]") {
  std::mt19937_64 random(3);
  for (const std::string& zone : {std::string("Asia/Kathmandu"), kNewYork, std::string("Africa/Monrovia")}) {
    for (const std::string format :
         {"", "%FT%T.%f%Ez", "%d.%m.%Y %H:%M:%S,%f %z", "%s.%f", "%G-W%V-%u %I:%M:%S.%f %p %Ez",
          "%A %e %B %Y %T.%f %z", "%Y%j%H%M%S%f%z", "%a, %d %b %Y %T.%f %z", "%f %s %z"}) {
      std::vector<std::int64_t> expected = {kEarliest, -1, 0, 1, kLatest};
      while (expected.size() < 500) expected.push_back(static_cast<std::int64_t>(random() | 1));
      std::vector<std::string> texts;
      for (const LocalTime& each : local(expected, zone, format)) texts.push_back(each.text);
      const auto resolved = instants(texts, "Asia/Tokyo", format);
      std::size_t wrong = 0;
      for (std::size_t i = 0; i < expected.size(); ++i) wrong += resolved[i].instant_ns != expected[i];
      CAPTURE(zone, format);
      CHECK(wrong == 0);
    }
  }
}

// --- from_local -------------------------------------------------------------------

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

// --- zone_periods -----------------------------------------------------------------

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

TEST_CASE("threads that convert at once do not disturb each other", "[zone]") {
  const ZoneCatalog fresh(test::kSystemTree);
  const std::vector<std::int64_t> some = {kEarliest, 0, 1'793'511'005 * kSecond, kLatest};
  std::vector<std::size_t> wrong(6);
  std::vector<std::thread> threads;
  for (std::size_t n = 0; n < wrong.size(); ++n) {
    threads.emplace_back([&, n] {
      for (const std::string& name : fresh.names()) {
        std::vector<LocalTime> texts;
        to_local(texts, fresh, some, name, "");
        std::vector<ResolvedTime> back;
        from_local(back, fresh, {texts[0].text, texts[1].text, texts[2].text, texts[3].text}, name, "",
                   Disambiguation::REJECT);
        for (std::size_t i = 0; i < some.size(); ++i) wrong[n] += back[i].instant_ns != some[i];
        std::vector<ZonePeriod> found;
        zone_periods(found, fresh, name, some[0], some[3]);
        wrong[n] += found.empty();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::size_t each : wrong) CHECK(each == 0);
}

}  // namespace
}  // namespace timeservice::zone
