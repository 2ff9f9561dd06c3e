#include "server/time/zone/tzdata_zi.h"

#include <sstream>
#include <stdexcept>
#include <string>

#include "test/support/catch.h"

namespace timeservice::zone {
namespace {

TzdataZi read(const std::string& text) {
  std::istringstream file(text);
  return read_tzdata_zi(file);
}

std::string why_not(const std::string& text) {
  try {
    read(text);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "it was read";
}

TEST_CASE("the version and the names of zones and links are read, in byte order", "[zone]") {
  const TzdataZi tzdata = read(
      "# version 2025b\n# This zic input file is in the public domain.\n"
      "R d 1916 o - Jun 14 23s 1 S\n"
      "Z Europe/Kyiv 2:2:4 - LMT 1880\n2:2:4 - KMT 1924 May 2\n"
      "Z Etc/GMT-14 14 - +14\nZ America/Port-au-Prince 0 - LMT\n"
      "L Europe/Kyiv Europe/Kiev\nL Etc/GMT GMT+0\nL Etc/GMT GMT+0\n");
  CHECK(tzdata.version == "2025b");
  CHECK(tzdata.names == std::vector<std::string>{"America/Port-au-Prince", "Etc/GMT-14", "Europe/Kiev",
                                                 "Europe/Kyiv", "GMT+0"});
}

TEST_CASE("a file that is not tzdata.zi is refused", "[zone]") {
  CHECK(why_not("") == "its first line is not \"# version ...\"");
  CHECK(why_not("# version \nZ UTC 0 - UTC\n") == "its first line is not \"# version ...\"");
  CHECK(why_not("Z UTC 0 - UTC\n# version 2025b\n") == "its first line is not \"# version ...\"");
  CHECK(why_not("# version 2025b\nR d 1916 o\n") == "it names no zones");
}

TEST_CASE("a name that would lead out of the directory is refused", "[zone]") {
  for (const char* line : {"Z ../etc/passwd 0", "Z /etc/passwd 0", "L UTC ../x", "L UTC a/../b", "Z a//b 0",
                           "Z a/ 0", "Z . 0", "L UTC", "Z ", "Z a\\b 0", "Z a:b 0", "Z \xc3\xa9 0"}) {
    CAPTURE(line);
    CHECK(why_not(std::string("# version 1\nZ UTC 0 - UTC\n") + line + "\n").find("no name of a zone") !=
          std::string::npos);
  }
}

}  // namespace
}  // namespace timeservice::zone
