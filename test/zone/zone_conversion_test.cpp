// The conversions together: there and back, and by many threads.
#include <cstdint>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "test/support/catch.h"
#include "test/zone/conversions.h"

namespace timeservice::zone {
namespace {

using test::instants;
using test::kEarliest;
using test::kLatest;
using test::kNewYork;
using test::kSecond;
using test::local;

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
