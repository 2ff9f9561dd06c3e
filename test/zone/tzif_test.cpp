#include "server/time/zone/tzif.h"

#include <random>
#include <stdexcept>
#include <string>

#include "server/time/zone/zone.h"
#include "test/support/catch.h"
#include "test/zone/tz_tree.h"
#include "test/zone/tzif_bytes.h"

namespace timeservice::zone {
namespace {

using test::TzifBytes;

std::string why_not(const std::string& bytes) {
  try {
    const Zone zone(read_tzif(bytes));
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "it was read";
}

TzifBytes sound() {
  TzifBytes file;
  file.types = {{-17762, 0}, {-18000, 4}, {-14400, 8}};
  file.letters = std::string("LMT\0EST\0EDT\0", 12);
  file.changes = {{-2'717'650'800, 1}, {-1'633'280'400, 2}, {-1'615'140'000, 1}};
  file.footer = "\nEST5EDT,M3.2.0,M11.1.0\n";
  return file;
}

TEST_CASE("a file's offsets, changes and rule are read", "[zone]") {
  const Tzif file = read_tzif(sound().bytes());
  CHECK(file.first == WallOffset{-17762, "LMT"});
  REQUIRE(file.changes.size() == 3);
  CHECK(file.changes[0].at_s == -2'717'650'800);
  CHECK(file.changes[0].to == WallOffset{-18000, "EST"});
  CHECK(file.changes[2].to == WallOffset{-18000, "EST"});
  CHECK(file.rule == "EST5EDT,M3.2.0,M11.1.0");
}

TEST_CASE("after a file's last change its rule goes on, to the end of time", "[zone]") {
  const Zone zone(read_tzif(sound().bytes()));
  // 1918-10-27 was the last change in the file; the rule's next is 1918-11-03, to the
  // same. Then two a year to 2263.
  CHECK(zone.periods().size() == 4 + 2 * (2263 - 1918));
  CHECK(zone.periods()[4].start_s == -1'603'645'200);  // 1919-03-09T07:00Z
  CHECK(zone.periods()[4].wall == WallOffset{-14400, "EDT"});
}

TEST_CASE("a file without a change has its rule in all years", "[zone]") {
  TzifBytes file = sound();
  file.types = {{-18000, 4}};
  file.changes.clear();
  const Zone zone(read_tzif(file.bytes()));
  CHECK(zone.periods().size() == 1 + 2 * (2263 - 1676 + 1));
  CHECK(zone.periods().front().wall == WallOffset{-18000, "EST"});
  CHECK(Zone(read_tzif(TzifBytes().bytes())).periods().size() == 1);
}

TEST_CASE("daylight saving that ends where it starts again has no gap between", "[zone]") {
  TzifBytes file = sound();
  file.changes.back().type = 2;
  file.footer = "\nEST5EDT,0/0,J365/25\n";
  const Zone zone(read_tzif(file.bytes()));
  REQUIRE(zone.periods().size() == 4);
  CHECK(zone.periods()[2].wall == WallOffset{-14400, "EDT"});
  CHECK(zone.periods()[3].start_s == 9'277'736'400);  // 2264, where no instant is
}

TEST_CASE("changes of nothing but the flag make one period", "[zone]") {
  TzifBytes file = sound();
  file.types.push_back({-18000, 4});  // the same once more
  file.changes = {{100, 1}, {200, 3}, {300, 2}, {400, 3}};
  file.footer = "\nEST5EDT,M3.2.0,M11.1.0\n";
  const Zone zone(read_tzif(file.bytes()));
  REQUIRE(zone.periods().size() > 4);
  CHECK(zone.periods()[1].start_s == 100);
  CHECK(zone.periods()[2].start_s == 300);
  CHECK(zone.periods()[3].start_s == 400);
}

TEST_CASE("a file that is not sound is refused", "[zone]") {
  CHECK(why_not(sound().bytes()) == "it was read");
  const auto with = [](auto&& change) {
    TzifBytes file = sound();
    change(file);
    return why_not(file.bytes());
  };
  CHECK(why_not("") == "it is cut off");
  CHECK(why_not("TZif") == "it is cut off");
  CHECK(why_not(std::string(200, 'x')) == "it does not begin with \"TZif\"");
  CHECK(with([](TzifBytes& file) { file.version = '\0'; }).find("version 1") != std::string::npos);
  CHECK(with([](TzifBytes& file) { file.leap_seconds = 1; }) == "it counts leap seconds");
  CHECK(with([](TzifBytes& file) { file.types.clear(); }) == "it has no offset");
  CHECK(with([](TzifBytes& file) { file.types[0].offset_s = 86400; }) == "its offset is over a day");
  CHECK(with([](TzifBytes& file) { file.types[0].offset_s = -86400; }) == "its offset is over a day");
  CHECK(with([](TzifBytes& file) { file.types[0].offset_s = INT32_MIN; }) == "its offset is over a day");
  CHECK(with([](TzifBytes& file) { file.types[2].letters_at = 12; }).find("abbreviations") !=
        std::string::npos);
  CHECK(with([](TzifBytes& file) { file.letters.back() = 'x'; }).find("abbreviations") != std::string::npos);
  CHECK(with([](TzifBytes& file) { file.changes[1].type = 3; }).find("not in order") != std::string::npos);
  CHECK(with([](TzifBytes& file) { file.changes[1].at_s = file.changes[0].at_s; }).find("not in order") !=
        std::string::npos);
  CHECK(with([](TzifBytes& file) { file.footer = ""; }) == "it is cut off");
  CHECK(with([](TzifBytes& file) { file.footer = "\nEST5"; }) == "it is cut off");
  CHECK(with([](TzifBytes& file) { file.footer = "x\nEST5\n"; }) == "it is cut off");
  CHECK(with([](TzifBytes& file) { file.footer = "\n\n"; }) == "its rule for the future cannot be read");
  CHECK(with([](TzifBytes& file) { file.footer = "\nCET-1\n"; }).find("at odds") != std::string::npos);
  CHECK(with([](TzifBytes& file) { file.footer = "\nEST5\n"; }) == "it was read");
}

TEST_CASE("a real file cut anywhere is refused, and one with wrong bytes does no harm", "[zone]") {
  const std::string whole = test::TzTree::system_file("Africa/Casablanca");
  REQUIRE(why_not(whole) == "it was read");
  std::size_t read = 0;
  for (std::size_t size = 0; size < whole.size(); ++size)
    read += why_not(whole.substr(0, size)) == "it was read";
  CHECK(read == 0);
  std::mt19937 random(5);
  for (int i = 0; i < 2000; ++i) {
    std::string wrong = whole;
    for (int n = 0; n < 3; ++n) wrong[random() % wrong.size()] = static_cast<char>(random());
    why_not(wrong);
  }
}

}  // namespace
}  // namespace timeservice::zone
