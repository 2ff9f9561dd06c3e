#include "server/time/zone/bad_request.h"

#include <string>

#include "test/support/catch.h"

namespace timeservice::zone {
namespace {

TEST_CASE("a client's text is quoted so that a message stays one printable line", "[zone]") {
  CHECK(in_quotes("") == "\"\"");
  CHECK(in_quotes("a b") == "\"a b\"");
  CHECK(in_quotes("a\"\\") == "\"a\\\"\\\\\"");
  CHECK(in_quotes(std::string("\n\0\x7f\xc3\xa9", 5)) == "\"\\x0a\\x00\\x7f\\xc3\\xa9\"");
}

TEST_CASE("a long text is cut in a message, and its length told", "[zone]") {
  CHECK(in_quotes(std::string(60, 'x')) == '"' + std::string(60, 'x') + '"');
  CHECK(in_quotes(std::string(1000, 'x')) == '"' + std::string(60, 'x') + "\"... (1000 bytes)");
}

}  // namespace
}  // namespace timeservice::zone
