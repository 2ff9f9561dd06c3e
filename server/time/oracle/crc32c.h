#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace timeservice::oracle {

/// CRC-32C (Castagnoli), as iSCSI and ext4 use it.
std::uint32_t crc32c(std::span<const std::uint8_t> bytes);

}  // namespace timeservice::oracle
