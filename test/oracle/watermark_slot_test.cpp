#include "server/time/oracle/watermark_slot.h"

#include <cstring>
#include <limits>
#include <string>
#include <string_view>

#include "server/time/oracle/crc32c.h"
#include "test/support/catch.h"

namespace timeservice::oracle {
namespace {

std::uint32_t crc_of(std::string_view text) {
  return crc32c({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

TEST_CASE("the checksum is CRC-32C", "[oracle]") {
  CHECK(crc_of("") == 0);
  CHECK(crc_of("123456789") == 0xE3069283);
  CHECK(crc_of(std::string(32, '\0')) == 0x8A9136AA);
}

TEST_CASE("a slot is read as it was written", "[oracle]") {
  for (const std::int64_t watermark :
       {std::int64_t{0}, std::int64_t{1'800'000'000'000'000'000}, std::numeric_limits<std::int64_t>::max()}) {
    for (const std::uint32_t slot : {0U, 1U}) {
      const auto bytes = WatermarkSlot{77, watermark}.encode(slot);
      const auto decoded = WatermarkSlot::decode(bytes, slot);
      REQUIRE(decoded);
      CHECK(decoded->sequence == 77);
      CHECK(decoded->watermark == watermark);
      CHECK_FALSE(WatermarkSlot::decode(bytes, 1 - slot));
    }
  }
}

TEST_CASE("the layout of a slot stays as it is", "[oracle]") {
  const auto bytes = WatermarkSlot{0x0102030405060708, 0x1112131415161718}.encode(1);
  CHECK(std::memcmp(bytes.data(), "TSORACLE\1\0\0\0\1\0\0\0\10\7\6\5\4\3\2\1\x18\x17\x16\x15\x14\x13\x12\x11",
                    32) == 0);
  for (std::size_t at = 32; at < 4092; ++at) REQUIRE(bytes[at] == 0);
  CHECK(std::memcmp(bytes.data() + 4092, "\xd8\xf3\x9b\x40", 4) == 0);
}

TEST_CASE("a slot with any bit wrong, or not whole, is none", "[oracle]") {
  const auto bytes = WatermarkSlot{5, 1234}.encode(0);
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (const int mask : {0x01, 0x80, 0xFF}) {
      auto wrong = bytes;
      wrong[at] = static_cast<std::uint8_t>(wrong[at] ^ mask);
      REQUIRE_FALSE(WatermarkSlot::decode(wrong, 0));
    }
  }
  CHECK_FALSE(WatermarkSlot::decode(std::span(bytes).first(4095), 0));
  CHECK_FALSE(WatermarkSlot::decode({}, 0));
}

TEST_CASE("a slot with a negative watermark is none, whatever its checksum", "[oracle]") {
  CHECK_FALSE(WatermarkSlot::decode(WatermarkSlot{1, -1}.encode(0), 0));
}

}  // namespace
}  // namespace timeservice::oracle
