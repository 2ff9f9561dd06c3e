#include <functional>
#include <string>

#include "test/support/catch.h"
#include "test/unit/bytes.h"
#include "test/unit/json_reading.h"
#include "test/unit/random_message.h"
#include "wire/json_protocol.h"

namespace timeservice::wire {
namespace {

using namespace apache::thrift::protocol;
using test::read_as;

TEST_CASE("a whole number is read within its type's range, and refused outside of it", "[wire][json]") {
  const auto byte = [](std::string_view text) { return read_as(&TProtocol::readByte, text); };
  const auto i16 = [](std::string_view text) { return read_as(&TProtocol::readI16, text); };
  const auto i32 = [](std::string_view text) { return read_as(&TProtocol::readI32, text); };
  const auto i64 = [](std::string_view text) { return read_as(&TProtocol::readI64, text); };
  CHECK(byte("-128,") == "-128");
  CHECK(byte("127,") == "127");
  CHECK(byte("255,") == "-1");  // unsigned, as some libraries write it
  CHECK(byte("-129,") == "refused");
  CHECK(byte("256,") == "refused");
  CHECK(i16("-32768,") == "-32768");
  CHECK(i16("32767,") == "32767");
  CHECK(i16("-32769,") == "refused");
  CHECK(i16("32768,") == "refused");
  CHECK(i32("-2147483648,") == "-2147483648");
  CHECK(i32("2147483647,") == "2147483647");
  CHECK(i32("-2147483649,") == "refused");
  CHECK(i32("2147483648,") == "refused");
  CHECK(i64("-9223372036854775808,") == "-9223372036854775808");
  CHECK(i64("9223372036854775807,") == "9223372036854775807");
  CHECK(i64("-9223372036854775809,") == "refused");
  CHECK(i64("9223372036854775808,") == "refused");
  CHECK(i64("99999999999999999999999999,") == "refused");
  CHECK(i64("-0,") == "0");
  CHECK(read_as<bool>(&TProtocol::readBool, "1,") == "true");
  CHECK(read_as<bool>(&TProtocol::readBool, "0,") == "false");
  for (const auto* none : {",", "-,", "+1,", "1.0,", "1e3,", "--1,", "1-1,", "\"1\",", "x,"}) {
    CAPTURE(none);
    for (const auto& read : {std::function(byte), std::function(i16), std::function(i32), std::function(i64)})
      CHECK(read(none) == "refused");
  }
}

TEST_CASE("a real number is read exactly, by name where JSON has none for it", "[wire][json]") {
  const auto real = [](std::string_view text) { return read_as(&TProtocol::readDouble, text); };
  CHECK(real("0.5,") == "0.5");
  CHECK(real("-2,") == "-2");
  CHECK(real("1e3,") == "1000");
  CHECK(real("1E-3,") == "0.001");
  CHECK(real("1.7976931348623157e+308,") == "1.7976931348623157e+308");
  CHECK(real("4.9406564584124654e-324,") == "5e-324");
  CHECK(real("\"NaN\",") == "nan");
  CHECK(real("\"Infinity\",") == "inf");
  CHECK(real("\"-Infinity\",") == "-inf");
  for (const auto* none : {",", "-,", ".,", "e,", "1e,", "1e400,", "1.5.5,", "+1,", "\"\",", "\"1.5\",",
                           "\"nan\",", "\"inf\",", "NaN,", "x,"}) {
    CAPTURE(none);
    CHECK(real(none) == "refused");
  }
}

TEST_CASE("a string's escapes are read as what they mean, and others are refused", "[wire][json]") {
  const auto string = [](std::string_view text) { return read_as(&TProtocol::readString, text); };
  using namespace std::string_literals;
  CHECK(string(R"("")") == "");
  CHECK(string(R"("a\"b\\c\/d\be\ff\ng\rh\ti")") == "a\"b\\c/d\be\ff\ng\rh\ti");
  CHECK(string(R"("a\u0000b")") == "a\0b"s);
  CHECK(string(R"("\u0041\u007f")") == "A\x7f");
  CHECK(string(R"("\u0080\u07ff")") == "\xc2\x80\xdf\xbf");
  CHECK(string(R"("\u0800\u20ac\u20AC\uffff")") == "\xe0\xa0\x80\xe2\x82\xac\xe2\x82\xac\xef\xbf\xbf");
  CHECK(string(R"("\ud800\udc00\ud83d\ude00\udbff\udfff")") ==
        "\xf0\x90\x80\x80\xf0\x9f\x98\x80\xf4\x8f\xbf\xbf");
  CHECK(string("\"\x80\xff\x01\"") == "\x80\xff\x01");
  for (const auto* wrong : {R"("\x")", R"("\'")", R"("\U0041")", R"("\u004")", R"("\u00g1")", R"("\u+041")",
                            R"("\u-041")", R"("\ud800")", R"("\ud800x")", R"("\ud800\n")",
                            R"("\ud800\ud800")", R"("\udc00")", R"("\udc00\ud800")", "7", "x"}) {
    CAPTURE(wrong);
    CHECK(string(wrong) == "refused");
  }
}

TEST_CASE("a string is read at its limit, as written, and refused above it", "[wire][json]") {
  const auto string = [](std::string_view text) {
    return read_as(&TProtocol::readString, text, {.string_bytes = 6});
  };
  CHECK(string(R"("123456")") == "123456");
  CHECK(string(R"("1234567")") == "refused");
  CHECK(string(R"("\u0041")") == "A");
  CHECK(string(R"("\u0041b")") == "refused");
}

TEST_CASE("binary data is read with padding and without", "[wire][json]") {
  const auto binary = [](std::string_view text) { return read_as(&TProtocol::readBinary, text); };
  CHECK(binary(R"("")") == "");
  CHECK(binary(R"("YQ")") == "a");
  CHECK(binary(R"("YQ==")") == "a");
  CHECK(binary(R"("YWI=")") == "ab");
  CHECK(binary(R"("YWJj")") == "abc");
  CHECK(binary(R"("YWJjZA")") == "abcd");
  for (const auto* padding : {R"("=")", R"("==")", R"("===")", R"("\u003d=")"}) {
    CAPTURE(padding);
    CHECK(binary(padding) == "");
  }
  test::Random random(21);
  for (std::size_t size = 0; size < 60; ++size) {
    std::string data(size, '\0');
    for (char& byte : data) byte = static_cast<char>(random.next());
    const test::Bytes written =
        test::written_by_apache(Protocol::kJson, [&](TProtocol& out) { out.writeBinary(data); });
    CHECK(binary(std::string(written.begin(), written.end())) == data);
  }
}

}  // namespace
}  // namespace timeservice::wire
