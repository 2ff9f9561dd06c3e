#include "server/time/zone/zone_catalog.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "test/support/catch.h"
#include "test/unit/environment.h"
#include "test/zone/refused.h"
#include "test/zone/tz_tree.h"

namespace timeservice::zone {
namespace {

using test::kSystemTree;
using test::mentions;
using test::refused;
using test::TzTree;

const std::string kHead = "# version 1999z\nZ UTC 0 - UTC\n";

std::string why_not(const std::filesystem::path& directory) {
  try {
    const ZoneCatalog catalog(directory);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "it was opened";
}

TEST_CASE("the system's database is there with all its zones", "[zone]") {
  const ZoneCatalog catalog(kSystemTree);
  CHECK(catalog.version().size() == 5);
  CHECK(catalog.names().size() > 400);
  CHECK(std::is_sorted(catalog.names().begin(), catalog.names().end()));
  for (const char* name : {"UTC", "America/New_York", "Asia/Kolkata", "Europe/Kyiv", "Etc/GMT+12"}) {
    CHECK(std::binary_search(catalog.names().begin(), catalog.names().end(), name));
  }
  CHECK(&catalog.find("") == &catalog.find("UTC"));
}

TEST_CASE("every zone that is listed can be loaded, and none has its changes all over", "[zone]") {
  const ZoneCatalog catalog(kSystemTree);
  std::size_t most = 0;
  for (const std::string& name : catalog.names()) {
    CAPTURE(name);
    const std::vector<Period>& periods = catalog.find(name).periods();
    most = std::max(most, periods.size());
    for (std::size_t i = 1; i < periods.size(); ++i) {
      CHECK(periods[i - 1].start_s < periods[i].start_s);
      const bool same = periods[i - 1].wall.offset_s == periods[i].wall.offset_s &&
                        periods[i - 1].wall.abbreviation == periods[i].wall.abbreviation;
      CHECK_FALSE(same);
    }
  }
  CHECK(most > 500);
  CHECK(most < 2000);
}

TEST_CASE("what is no name of the database is refused, whatever is at that path", "[zone]") {
  const ZoneCatalog catalog(kSystemTree);
  for (const std::string& name : std::vector<std::string>{"../../../usr/share/zoneinfo/Europe/London",
                                                          "/usr/share/zoneinfo/UTC",
                                                          "file:UTC",
                                                          "libc:UTC",
                                                          "libc:localtime",
                                                          "localtime",
                                                          "posixrules",
                                                          "posix/UTC",
                                                          "right/UTC",
                                                          "Fixed/UTC+05:30:00",
                                                          "UTC/",
                                                          "./UTC",
                                                          "Europe//London",
                                                          "Europe/../UTC",
                                                          "utc",
                                                          "UTC ",
                                                          " UTC",
                                                          "Europe",
                                                          "tzdata.zi",
                                                          "zone.tab",
                                                          "EST5",
                                                          "+01:00",
                                                          "CEST",
                                                          std::string("UTC\0", 4),
                                                          std::string("UTC\0/../x", 9),
                                                          std::string(100'000, 'A'),
                                                          "\n",
                                                          "%s%n",
                                                          "Europe/K\xc3\xb6ln"}) {
    CAPTURE(name);
    const BadRequest bad = refused([&] { catalog.find(name); });
    CHECK(bad.code == BadRequestCode::UNKNOWN_ZONE);
    CHECK(bad.index == -1);
  }
}

TEST_CASE("an unknown zone's refusal tells what would be right", "[zone]") {
  const ZoneCatalog catalog(kSystemTree);
  CHECK(mentions(refused([&] { catalog.find("america/new_york"); }), "did you mean \"America/New_York\"?"));
  const BadRequest bad = refused([&] { catalog.find("Mars/Base"); });
  CHECK(mentions(bad, "\"Mars/Base\""));
  CHECK(mentions(bad, catalog.version()));
  CHECK(mentions(bad, "list_zones(), or 'time-client zones', tells the names"));
}

TEST_CASE("a database that is not there stops the start, with the fix in one line", "[zone]") {
  TzTree tree;
  const std::string missing = why_not(tree.path() / "none");
  CHECK(missing.find("none/tzdata.zi: No such file or directory; install the package tzdata, or name its "
                     "folder with --zoneinfo") != std::string::npos);
  tree.write("tzdata.zi", "no such thing\n");
  CHECK(why_not(tree.path()).find("its first line") != std::string::npos);
  tree.write("tzdata.zi", kHead);
  CHECK(why_not(tree.path()).find("UTC: is not there") != std::string::npos);
  for (const std::string& why : {missing, why_not(tree.path())}) CHECK(why.find('\n') == std::string::npos);
  tree.copy("UTC", "UTC");
  CHECK(why_not(tree.path()) == "it was opened");
}

TEST_CASE("a zone without a file is not listed, and its refusal names the package", "[zone]") {
  TzTree tree;
  tree.write("tzdata.zi", kHead + "L UTC US/Eastern\nL UTC Empty\nL UTC Directory\nL UTC Text\nZ Here 0\n")
      .copy("UTC", "UTC")
      .copy("Here", "Europe/Berlin")
      .write("Empty", "")
      .write("Text", "not a zone")
      .write("Directory/x", "");
  const ZoneCatalog catalog(tree.path());
  CHECK(catalog.version() == "1999z");
  CHECK(catalog.names() == std::vector<std::string>{"Here", "UTC"});
  CHECK(catalog.missing() == std::vector<std::string>{"Directory", "Empty", "Text", "US/Eastern"});
  const BadRequest bad = refused([&] { catalog.find("US/Eastern"); });
  CHECK(bad.code == BadRequestCode::UNKNOWN_ZONE);
  CHECK(mentions(bad, "tzdata-legacy"));
  CHECK(catalog.find("Here").periods().size() > 100);
}

TEST_CASE("what is changed in the database after the start changes nothing", "[zone]") {
  TzTree tree;
  tree.write("tzdata.zi", kHead + "Z Here 0\n").copy("UTC", "UTC").copy("Here", "Europe/Berlin");
  const ZoneCatalog catalog(tree.path());
  tree.copy("Here", "Asia/Tokyo");
  CHECK(catalog.find("Here").periods().size() > 100);  // Tokyo has a dozen
}

TEST_CASE("a damaged file is refused when its zone is asked for, again and again", "[zone]") {
  const std::string whole = TzTree::system_file("Europe/Berlin");
  TzTree tree;
  tree.write("tzdata.zi", kHead + "Z Cut 0\nZ Short 0\n")
      .copy("UTC", "UTC")
      .write("Cut", whole.substr(0, whole.size() / 2))
      .write("Short", "TZif");
  const ZoneCatalog catalog(tree.path());
  for (const char* name : {"Cut", "Short", "Cut"}) {
    const BadRequest bad = refused([&] { catalog.find(name); });
    CHECK(bad.code == BadRequestCode::UNKNOWN_ZONE);
    CHECK(mentions(bad, "damaged"));
  }
  CHECK(catalog.find("UTC").periods().size() == 1);
}

TEST_CASE("zones come from the directory given, also where TZDIR names another", "[zone]") {
  TzTree other;
  other.copy("UTC", "Asia/Tokyo").copy("Europe/Berlin", "Asia/Tokyo");
  const test::Variable directory("TZDIR", other.path().c_str());
  TzTree tree;
  tree.write("tzdata.zi", kHead + "Z Europe/Berlin 0\n")
      .copy("UTC", "UTC")
      .copy("Europe/Berlin", "America/Lima");
  const ZoneCatalog catalog(tree.path());
  CHECK(catalog.find("Europe/Berlin").periods().back().wall.abbreviation == "-05");
  CHECK(catalog.find("").periods().back().wall.abbreviation == "UTC");
  const ZoneCatalog system(kSystemTree);
  CHECK(system.find("Europe/Berlin").periods().front().wall.abbreviation == "LMT");
  CHECK(system.find("Europe/Berlin").periods().size() > 100);
}

TEST_CASE("zones are the same whether their files list all changes or leave them to the rule", "[zone]") {
  TzTree slim;
  const std::string zic = "/usr/sbin/zic";
  const std::string source = (kSystemTree / "tzdata.zi").string();
  if (!std::filesystem::exists(zic)) {
    WARN("NOT TESTED: " << zic << " is not there");
    return;
  }
  REQUIRE(std::system((zic + " -b slim -d " + slim.path().string() + " " + source).c_str()) == 0);
  std::filesystem::copy(source, slim.path() / "tzdata.zi");
  const ZoneCatalog catalog(slim.path());
  const ZoneCatalog system(kSystemTree);
  for (const std::string& name : system.names()) {
    CAPTURE(name);
    const Zone& slim_zone = catalog.find(name);
    const Zone& zone = system.find(name);
    // Later ones are not compared: this zic (glibc 2.36) loses some of Gaza's.
    constexpr std::int64_t kUntil_s = std::int64_t{1} << 31;
    const std::size_t count = zone.period_at(kUntil_s, 0);
    REQUIRE(slim_zone.period_at(kUntil_s, 0) == count);
    for (std::size_t i = 0; i <= count; ++i) {
      const bool same = slim_zone.periods()[i].start_s == zone.periods()[i].start_s &&
                        slim_zone.periods()[i].wall == zone.periods()[i].wall;
      CHECK(same);
    }
    CHECK((slim_zone.periods().back().start_s > 9'000'000'000) ==
          (zone.periods().back().start_s > 9'000'000'000));
  }
}

TEST_CASE("a directory may be given relative to the current one", "[zone]") {
  const ZoneCatalog catalog(std::filesystem::relative(kSystemTree));
  CHECK(catalog.find("Europe/Berlin").periods().size() > 100);
}

TEST_CASE("threads that ask for all zones at once get the same ones", "[zone]") {
  const ZoneCatalog catalog(kSystemTree);
  constexpr std::size_t kThreads = 8;
  std::vector<std::vector<const Zone*>> found(kThreads);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < kThreads; ++i) {
    threads.emplace_back([&catalog, &mine = found[i]] {
      for (const std::string& name : catalog.names()) {
        const Zone& zone = catalog.find(name);
        mine.push_back(zone.periods()[zone.period_at(0, 0)].wall.abbreviation.empty() ? nullptr : &zone);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(std::count(found[0].begin(), found[0].end(), nullptr) == 0);
  for (const auto& each : found) CHECK(each == found[0]);
}

}  // namespace
}  // namespace timeservice::zone
