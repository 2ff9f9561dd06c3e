#pragma once

#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace timeservice::test {

using Bytes = std::vector<std::uint8_t>;

/// The bytes of "80 01 00": two digits each, separated by spaces.
inline Bytes from_hex(std::string_view hex) {
  Bytes bytes;
  for (std::size_t i = 0; i < hex.size(); i += 3) {
    bytes.push_back(static_cast<std::uint8_t>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  return bytes;
}

inline std::string to_hex(std::span<const std::uint8_t> bytes) {
  std::string hex;
  for (const std::uint8_t byte : bytes) hex += fmt::format("{}{:02x}", hex.empty() ? "" : " ", byte);
  return hex;
}

inline Bytes from_text(std::string_view text) { return {text.begin(), text.end()}; }

/// A copy of exactly its size, so that the address sanitizer sees a read past it.
inline Bytes exactly(std::span<const std::uint8_t> bytes) { return {bytes.begin(), bytes.end()}; }

inline Bytes joined(std::initializer_list<Bytes> parts) {
  Bytes all;
  for (const Bytes& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

inline Bytes big_endian32(std::uint32_t number) {
  return {static_cast<std::uint8_t>(number >> 24), static_cast<std::uint8_t>(number >> 16),
          static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)};
}

/// The payload behind its length.
inline Bytes framed(const Bytes& payload) {
  return joined({big_endian32(static_cast<std::uint32_t>(payload.size())), payload});
}

}  // namespace timeservice::test
