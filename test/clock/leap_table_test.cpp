#include "server/time/clock/leap_table.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "server/time/clock/bound_options.h"
#include "test/clock/manual_machine.h"
#include "test/support/catch.h"

namespace timeservice::clock {
namespace {

/// A file of a test's own.
class TableFile {
 public:
  explicit TableFile(const std::string& text) { std::ofstream(path) << text; }
  ~TableFile() { std::filesystem::remove(path); }
  const std::string path =
      std::filesystem::temp_directory_path() / ("leap-" + std::to_string(::getpid()) + ".list");
};

WallTime at(std::int64_t seconds_since_1900) {
  return {(seconds_since_1900 - 2'208'988'800) * test::kSecond};
}

constexpr const char* kTable =
    "#\tsome words\n"
    "#$\t3960835200\n"
    "#@\t3991593600\n"
    "2272060800\t10\t# 1 Jan 1972\n"
    "3644697600\t36\t# 1 Jul 2015\n"
    "3692217600\t37\t# 1 Jan 2017\n"
    "#h\t1 2 3 4 5\n";

TEST_CASE("TAI - UTC is what the table says, from the second it says, until it expires", "[clock]") {
  const TableFile file(kTable);
  const LeapTable table(file.path);
  CHECK(table.tai_offset_s(at(2'272'060'799)) == 0);
  CHECK(table.tai_offset_s(at(2'272'060'800)) == 10);
  CHECK(table.tai_offset_s(at(3'692'217'599)) == 36);
  CHECK(table.tai_offset_s(at(3'692'217'600)) == 37);
  CHECK(table.tai_offset_s(at(3'991'593'599)) == 37);
  CHECK(table.tai_offset_s(at(3'991'593'600)) == 0);
  CHECK(table.tai_offset_s({INT64_MAX}) == 0);
  CHECK(table.tai_offset_s({INT64_MIN}) == 0);
}

TEST_CASE("a table that is absent, or makes no sense, tells nothing", "[clock]") {
  CHECK(LeapTable("/nonexistent/leap").tai_offset_s(at(3'700'000'000)) == 0);
  CHECK(LeapTable("/").tai_offset_s(at(3'700'000'000)) == 0);
  const std::string good = kTable;
  for (const std::string& text :
       {std::string(), good + "3792217600\n", good + "3792217600 x\n", good + "x\n", good + "3692217600 38\n",
        good + "#@ soon\n", good.substr(good.find("2272060800"))}) {
    CAPTURE(text);
    const TableFile file(text);
    CHECK(LeapTable(file.path).tai_offset_s(at(3'700'000'000)) == 0);
  }
}

TEST_CASE("the installed table makes sense", "[clock]") {
  const std::string installed = BoundOptions().leap_seconds_list;
  if (!std::filesystem::exists(installed)) {
    WARN("NOT TESTED: there is no " << installed);
    return;
  }
  CHECK(LeapTable(installed).tai_offset_s(at(3'692'217'600)) == 37);
}

}  // namespace
}  // namespace timeservice::clock
