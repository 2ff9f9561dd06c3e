// What no message may say, in each protocol.
#include <string>

#include "test/support/catch.h"
#include "test/unit/bytes.h"
#include "test/unit/describe.h"
#include "test/unit/random_message.h"
#include "test/unit/scanning.h"
#include "wire/message_scanner.h"

namespace timeservice::wire {
namespace {

using test::Bytes;
using test::exactly;
using test::from_hex;
using test::from_text;
using test::scan_once;

constexpr auto kBinaryHead = "80 01 00 01 00 00 00 01 6d 00 00 00 01 ";
constexpr auto kCompactHead = "82 21 01 01 6d ";

TEST_CASE("sizes and types that cannot be are refused as soon as they are read", "[wire][scanner]") {
  const struct {
    std::string what;
    Protocol protocol;
    std::string hex;
    std::string answer;
  } rows[] = {
      {"a method's name of negative size", Protocol::kBinary, "80 01 00 01 ff ff ff ff", "negative_size"},
      {"another version", Protocol::kBinary, "80 02 00 01 00 00 00 00", "malformed"},
      {"no version", Protocol::kBinary, "00 00 00 01 6d 01 00 00", "malformed"},
      {"a string of negative size", Protocol::kBinary, std::string(kBinaryHead) + "0b 00 01 80 00 00 00",
       "negative_size"},
      {"a list of negative size", Protocol::kBinary, std::string(kBinaryHead) + "0f 00 01 08 ff ff ff ff",
       "negative_size"},
      {"a set of negative size", Protocol::kBinary, std::string(kBinaryHead) + "0e 00 01 08 80 00 00 00",
       "negative_size"},
      {"a map of negative size", Protocol::kBinary, std::string(kBinaryHead) + "0d 00 01 08 08 ff ff ff ff",
       "negative_size"},
      {"a string of 2 GiB", Protocol::kBinary, std::string(kBinaryHead) + "0b 00 01 7f ff ff ff",
       "string_too_large"},
      {"a list of 2^31 - 1", Protocol::kBinary, std::string(kBinaryHead) + "0f 00 01 08 7f ff ff ff",
       "container_too_large"},
      {"a list of more than fits into a message", Protocol::kBinary,
       std::string(kBinaryHead) + "0f 00 01 0a 00 04 00 00", "message_too_large"},
      {"a map of more than fits into a message", Protocol::kBinary,
       std::string(kBinaryHead) + "0d 00 01 0b 0b 00 04 00 00", "message_too_large"},
      {"a field of type 1", Protocol::kBinary, std::string(kBinaryHead) + "01 00 01", "malformed"},
      {"a field of type 5", Protocol::kBinary, std::string(kBinaryHead) + "05 00 01", "malformed"},
      {"a field of type 16", Protocol::kBinary, std::string(kBinaryHead) + "10 00 01", "malformed"},
      {"a list of type 7", Protocol::kBinary, std::string(kBinaryHead) + "0f 00 01 07 00 00 00 01",
       "malformed"},
      {"a map with keys of no type", Protocol::kBinary,
       std::string(kBinaryHead) + "0d 00 01 00 08 00 00 00 01", "malformed"},
      {"a map with values of no type", Protocol::kBinary,
       std::string(kBinaryHead) + "0d 00 01 08 00 00 00 00 01", "malformed"},
      {"an empty list of no type", Protocol::kBinary, std::string(kBinaryHead) + "0f 00 01 00 00 00 00 00 00",
       "complete 22"},
      {"an empty map of no types", Protocol::kBinary,
       std::string(kBinaryHead) + "0d 00 01 00 00 00 00 00 00 00", "complete 23"},
      {"another protocol", Protocol::kCompact, "81 21 01 01", "malformed"},
      {"another version", Protocol::kCompact, "82 22 01 01", "malformed"},
      {"a seqid that does not end", Protocol::kCompact, "82 21 ff ff ff ff ff ff ff ff ff ff 00",
       "malformed"},
      {"a seqid that has not ended", Protocol::kCompact, "82 21 ff ff ff ff ff ff ff ff ff", "need more"},
      {"a method's name of negative size", Protocol::kCompact, "82 21 01 ff ff ff ff 0f", "negative_size"},
      {"a string of negative size", Protocol::kCompact, std::string(kCompactHead) + "18 80 80 80 80 08",
       "negative_size"},
      {"a string of 2^63 bytes", Protocol::kCompact,
       std::string(kCompactHead) + "18 80 80 80 80 80 80 80 80 80 01", "negative_size"},
      {"a string of 2 GiB", Protocol::kCompact, std::string(kCompactHead) + "18 ff ff ff ff 07",
       "string_too_large"},
      {"a string whose size does not end", Protocol::kCompact,
       std::string(kCompactHead) + "18 80 80 80 80 80 80 80 80 80 80", "malformed"},
      {"a number that does not end", Protocol::kCompact,
       std::string(kCompactHead) + "16 80 80 80 80 80 80 80 80 80 80", "malformed"},
      {"a number of ten bytes", Protocol::kCompact,
       std::string(kCompactHead) + "16 80 80 80 80 80 80 80 80 80 01 00", "complete 17"},
      {"a field's id that does not end", Protocol::kCompact,
       std::string(kCompactHead) + "06 80 80 80 80 80 80 80 80 80 80", "malformed"},
      {"a list of negative size", Protocol::kCompact, std::string(kCompactHead) + "19 f5 ff ff ff ff 0f",
       "negative_size"},
      {"a map of negative size", Protocol::kCompact, std::string(kCompactHead) + "1b 80 80 80 80 08 55",
       "negative_size"},
      {"a list of 2^31 - 1", Protocol::kCompact, std::string(kCompactHead) + "19 f5 ff ff ff ff 07",
       "container_too_large"},
      {"a list of doubles, more than fit", Protocol::kCompact, std::string(kCompactHead) + "19 f7 80 80 10",
       "message_too_large"},
      {"a field of type 13", Protocol::kCompact, std::string(kCompactHead) + "1d 00", "malformed"},
      {"a field of type 15", Protocol::kCompact, std::string(kCompactHead) + "1f 00", "malformed"},
      {"a list of no type", Protocol::kCompact, std::string(kCompactHead) + "19 10", "malformed"},
      {"a set of type 14", Protocol::kCompact, std::string(kCompactHead) + "1a 1e", "malformed"},
      {"a map with keys of no type", Protocol::kCompact, std::string(kCompactHead) + "1b 01 05", "malformed"},
      {"a map with values of no type", Protocol::kCompact, std::string(kCompactHead) + "1b 01 50",
       "malformed"},
      {"an empty map", Protocol::kCompact, std::string(kCompactHead) + "1b 00 00", "complete 8"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.what, row.hex);
    const Bytes bytes = from_hex(row.hex);
    CHECK(scan_once(row.protocol, {}, bytes) == row.answer);
    // Only the last byte given may have told; till then there was nothing wrong.
    if (row.answer.find("complete") == 0) {
      CHECK(scan_once(row.protocol, {}, exactly(std::span(bytes).first(bytes.size() - 1))) == "need more");
    }
  }
}

TEST_CASE("JSON that is no single array is refused", "[wire][scanner]") {
  const struct {
    std::string text;
    std::string answer;
  } rows[] = {
      {"", "need more"},
      {"[", "need more"},
      {"[]", "complete 2"},
      {"[1,\"]\",{\"a\":[2]}]", "complete 17"},
      {"[\"\\\"]\"]", "complete 7"},
      {"[\"\\\\\"]", "complete 6"},
      {"[\"\\\\\\\"]", "need more"},
      {"[1] [2]", "complete 3"},
      {" [1]", "malformed"},
      {"\"a\"", "malformed"},
      {"1", "malformed"},
      {"]", "malformed"},
      {"{}", "malformed"},
      {"{\"a\":[1]}", "malformed"},
      {"[}", "malformed"},
      {"[{]", "malformed"},
      {"[x", "malformed"},
      {"[\x01", "malformed"},
      {"[\xff", "malformed"},
      {"[tru", "malformed"},
      {"[1,,2]", "malformed"},
      {"[1,]", "malformed"},
      {"[,1]", "malformed"},
      {"{\"a\":}", "malformed"},
      {"[{\"a\": }]", "malformed"},
      {"[{\"a\":,\"b\":1}]", "malformed"},
      {"[{:1}]", "malformed"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    CHECK(scan_once(Protocol::kJson, {}, from_text(row.text)) == row.answer);
  }
}

TEST_CASE("no scanner knows a protocol called auto", "[wire][scanner]") {
  CHECK(scan_once(Protocol::kAuto, {}, from_hex("80 01")) == "unknown_protocol");
}

}  // namespace
}  // namespace timeservice::wire
