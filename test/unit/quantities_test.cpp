#include "server/quantities.h"

#include <stdexcept>

#include <fmt/format.h>

#include "test/support/catch.h"

namespace timeservice {
namespace {

using std::chrono::milliseconds;

template <typename Parse>
std::string error_of(Parse parse, const std::string& text) {
  try {
    parse(text);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "none";
}

TEST_CASE("durations are read with their unit and written in the largest that fits", "[options]") {
  const struct {
    const char* text;
    std::int64_t ms;
    const char* written;
  } rows[] = {
      {"0", 0, "0"},
      {"0s", 0, "0"},
      {"0ms", 0, "0"},
      {"250ms", 250, "250ms"},
      {"1000ms", 1000, "1s"},
      {"10s", 10'000, "10s"},
      {"90s", 90'000, "90s"},
      {"60s", 60'000, "1m"},
      {"5m", 300'000, "5m"},
      {"1h", 3'600'000, "1h"},
      {"120m", 7'200'000, "2h"},
      {"1500ms", 1500, "1500ms"},
      {"8784h", 31'622'400'000, "8784h"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    CHECK(parse_duration(row.text) == milliseconds(row.ms));
    CHECK(duration_text(milliseconds(row.ms)) == row.written);
    CHECK(parse_duration(row.written) == milliseconds(row.ms));
  }
}

TEST_CASE("sizes are read with their unit and written in the largest that fits", "[options]") {
  const struct {
    const char* text;
    std::uint64_t bytes;
    const char* written;
  } rows[] = {
      {"0", 0, "0"},
      {"1", 1, "1"},
      {"1023", 1023, "1023"},
      {"1024", 1024, "1KiB"},
      {"64KiB", 65536, "64KiB"},
      {"1025KiB", 1049600, "1025KiB"},
      {"1MiB", 1048576, "1MiB"},
      {"1048577", 1048577, "1048577"},
      {"2GiB", 2147483648, "2GiB"},
      {"0KiB", 0, "0"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    CHECK(parse_bytes(row.text) == row.bytes);
    CHECK(bytes_text(row.bytes) == row.written);
    CHECK(parse_bytes(row.written) == row.bytes);
  }
}

TEST_CASE("counts are whole numbers", "[options]") {
  CHECK(parse_count("0") == 0);
  CHECK(parse_count("007") == 7);
  CHECK(parse_count("10000") == 10000);
}

TEST_CASE("what is no quantity is refused with its text and an example", "[options]") {
  for (const auto* text : {"", "s", "-1s", "+1s", " 1s", "1 s", "1s ", "1.5s", "1S", "1sec", "1h30m", "0x1s",
                           "9223372036854775807s", "18446744073709551615ms", "18446744073709551616ms"}) {
    CAPTURE(text);
    CHECK(error_of(parse_duration, text) ==
          "'" + std::string(text) + "' is not a duration such as 250ms, 10s, 5m, 1h or 0");
  }
  for (const auto* text : {"5", "10"}) {
    CAPTURE(text);
    CHECK(error_of(parse_duration, text) ==
          fmt::format("'{0}' is not a duration such as 250ms, 10s, 5m, 1h or 0: "
                      "it has no unit, write {0}s for seconds",
                      text));
  }
  for (const auto* text : {"", "KiB", "1KB", "1kib", "1 KiB", "1.5MiB", "-1", "1B", "1ms",
                           "9007199254740993GiB", "18446744073709551615"}) {
    CAPTURE(text);
    CHECK(error_of(parse_bytes, text) ==
          "'" + std::string(text) + "' is not a size such as 65536, 64KiB or 1MiB");
  }
  for (const auto* text : {"", "-1", "+1", "1.0", "1e3", "one", " 1", "1 ", "1s", "18446744073709551616"}) {
    CAPTURE(text);
    CHECK(error_of(parse_count, text) == "'" + std::string(text) + "' is not a whole number from 0");
  }
}

TEST_CASE("no duration is longer than a year, so that none wraps in nanoseconds", "[server]") {
  for (const char* text : {"8785h", "31622400001ms", "288230376151712744ms", "9223372036854775807ms"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(parse_duration(text), std::invalid_argument);
  }
}

}  // namespace
}  // namespace timeservice
