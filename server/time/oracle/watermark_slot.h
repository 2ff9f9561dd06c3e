#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace timeservice::oracle {

/// One of the two places in the state file where the watermark stands. Numbers are
/// little-endian.
///
///     offset  size
///          0     8  "TSORACLE"
///          8     4  version, 1
///         12     4  which slot it is, 0 or 1
///         16     8  sequence number: one more with each write
///         24     8  watermark, 0 or more
///         32  4060  zero
///       4092     4  CRC-32C of the 4092 bytes before it
///
/// The checksum ends the slot and is of all of it: one of which only a part reached the
/// disk is not taken for a whole one.
struct WatermarkSlot {
  static constexpr std::size_t kBytes = 4096;
  static constexpr std::size_t kSlots = 2;
  using Bytes = std::array<std::uint8_t, kBytes>;

  std::uint64_t sequence = 0;
  std::int64_t watermark = 0;

  Bytes encode(std::uint32_t slot) const;
  /// Nothing if it is not slot number `slot`, whole and with every byte right.
  static std::optional<WatermarkSlot> decode(std::span<const std::uint8_t> bytes, std::uint32_t slot);
};

}  // namespace timeservice::oracle
