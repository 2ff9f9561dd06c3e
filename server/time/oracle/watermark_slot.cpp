#include "server/time/oracle/watermark_slot.h"

#include <algorithm>
#include <concepts>
#include <string_view>

#include "server/time/oracle/crc32c.h"

namespace timeservice::oracle {
namespace {

constexpr std::string_view kMagic = "TSORACLE";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kVersionAt = 8;
constexpr std::size_t kSlotAt = 12;
constexpr std::size_t kSequenceAt = 16;
constexpr std::size_t kWatermarkAt = 24;
constexpr std::size_t kChecksumAt = WatermarkSlot::kBytes - sizeof(std::uint32_t);

template <std::unsigned_integral Number>
void put(std::span<std::uint8_t> bytes, std::size_t at, Number number) {
  for (std::size_t i = 0; i < sizeof(Number); ++i)
    bytes[at + i] = static_cast<std::uint8_t>(number >> (8 * i));
}

template <std::unsigned_integral Number>
Number get(std::span<const std::uint8_t> bytes, std::size_t at) {
  Number number = 0;
  for (std::size_t i = 0; i < sizeof(Number); ++i)
    number |= static_cast<Number>(Number{bytes[at + i]} << (8 * i));
  return number;
}

}  // namespace

WatermarkSlot::Bytes WatermarkSlot::encode(std::uint32_t slot) const {
  Bytes bytes{};
  std::copy(kMagic.begin(), kMagic.end(), bytes.begin());
  put(bytes, kVersionAt, kVersion);
  put(bytes, kSlotAt, slot);
  put(bytes, kSequenceAt, sequence);
  put(bytes, kWatermarkAt, static_cast<std::uint64_t>(watermark));
  put(bytes, kChecksumAt, crc32c(std::span(bytes).first(kChecksumAt)));
  return bytes;
}

std::optional<WatermarkSlot> WatermarkSlot::decode(std::span<const std::uint8_t> bytes, std::uint32_t slot) {
  if (bytes.size() != kBytes || !std::equal(kMagic.begin(), kMagic.end(), bytes.begin())) return std::nullopt;
  if (get<std::uint32_t>(bytes, kChecksumAt) != crc32c(bytes.first(kChecksumAt))) return std::nullopt;
  if (get<std::uint32_t>(bytes, kVersionAt) != kVersion || get<std::uint32_t>(bytes, kSlotAt) != slot) {
    return std::nullopt;
  }
  WatermarkSlot decoded;
  decoded.sequence = get<std::uint64_t>(bytes, kSequenceAt);
  decoded.watermark = static_cast<std::int64_t>(get<std::uint64_t>(bytes, kWatermarkAt));
  if (decoded.watermark < 0) return std::nullopt;
  return decoded;
}

}  // namespace timeservice::oracle
