#pragma once

#include <cstdint>

namespace timeservice::wire {

/// The number in these four bytes, as frames and the binary protocol write it.
inline std::uint32_t read_big_endian32(const std::uint8_t* bytes) {
  return (std::uint32_t{bytes[0]} << 24) | (std::uint32_t{bytes[1]} << 16) | (std::uint32_t{bytes[2]} << 8) |
         bytes[3];
}

}  // namespace timeservice::wire
