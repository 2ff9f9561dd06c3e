#include "server/time/zone/time_format.h"

#include <string>

#include "test/support/catch.h"
#include "test/zone/refused.h"

namespace timeservice::zone {
namespace {

using test::mentions;
using test::refused;

TEST_CASE("a format may hold the conversions of the contract and no others", "[zone]") {
  const std::string allowed = "YmdejHIpMSfzZaAbBuVGysFT%";
  for (int c = 1; c < 256; ++c) {
    const std::string format = {'%', static_cast<char>(c)};
    CAPTURE(format);
    if (allowed.find(static_cast<char>(c)) != std::string::npos) {
      CHECK_NOTHROW(TimeFormat(format));
    } else {
      CHECK(refused([&] { TimeFormat{format}; }).code == BadRequestCode::BAD_FORMAT);
    }
    const std::string modified = {'%', 'E', static_cast<char>(c)};
    if (c == 'z') {
      CHECK_NOTHROW(TimeFormat(modified));
    } else {
      CHECK(refused([&] { TimeFormat{modified}; }).code == BadRequestCode::BAD_FORMAT);
    }
  }
}

TEST_CASE("a format that is refused names the conversion and where it stands", "[zone]") {
  struct Row {
    std::string format, conversion, position;
  };
  const Row rows[] = {
      {"%c", "\"%c\"", "byte 1;"},        {"%Y-%Q", "\"%Q\"", "byte 4;"},
      {"%Y %", "\"%\"", "byte 4;"},       {"%E", "\"%E\"", "byte 1;"},
      {"%%%", "\"%\"", "byte 3;"},        {"%Ez %E*S", "\"%E*\"", "byte 5;"},
      {"%-d", "\"%-\"", "byte 1;"},       {"%10Y", "\"%1\"", "byte 1;"},
      {"%\n", "\"%\\x0a\"", "byte 1;"},   {"%Od", "\"%O\"", "byte 1;"},
      {"%F %n", "\"%n\"", "byte 4;"},     {std::string("%\0", 2), "\"%\\x00\"", "byte 1;"},
      {"%\xff", "\"%\\xff\"", "byte 1;"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.format);
    const BadRequest bad = refused([&] { TimeFormat{row.format}; });
    CHECK(bad.code == BadRequestCode::BAD_FORMAT);
    CHECK(bad.index == -1);
    CHECK(mentions(bad, row.conversion));
    CHECK(mentions(bad, row.position));
  }
}

TEST_CASE("a format has at most 128 bytes", "[zone]") {
  CHECK_NOTHROW(TimeFormat(std::string(128, 'x')));
  const BadRequest bad = refused([] { TimeFormat{std::string(129, 'x')}; });
  CHECK(bad.code == BadRequestCode::BAD_FORMAT);
  CHECK(mentions(bad, "129 bytes"));
  CHECK(mentions(bad, "128"));
  CHECK(refused([] { TimeFormat{std::string(1'000'000, '%')}; }).code == BadRequestCode::BAD_FORMAT);
}

TEST_CASE("a number knows whether other digits adjoin it", "[zone]") {
  const auto follows = [](const std::string& format) {
    return TimeFormat(format).parts().front().digit_follows;
  };
  for (const char* format : {"%m%d", "%m%e", "%m1", "%m%F", "%m%f", "%m%s"}) {
    CAPTURE(format);
    CHECK(follows(format));
  }
  for (const char* format : {"%m", "%m/%d", "%m%%1", "%m%z", "%m%b"}) {
    CAPTURE(format);
    CHECK_FALSE(follows(format));
  }
  const auto precedes = [](const std::string& format) {
    return TimeFormat(format).parts().back().digit_precedes;
  };
  for (const char* format : {"%d%m", "%f%m", "1%m", "%s%m", "%z%m", "%Ez%m"}) {
    CAPTURE(format);
    CHECK(precedes(format));
  }
  for (const char* format : {"%m", "%d/%m", "1%%%m", "%b%m", "%Z%m"}) {
    CAPTURE(format);
    CHECK_FALSE(precedes(format));
  }
}

}  // namespace
}  // namespace timeservice::zone
