#include "bench/measured_calls.h"

#include <fmt/format.h>

namespace timeservice::bench {

std::string shown(std::span<const std::uint8_t> bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) {
    const bool printable = byte >= ' ' && byte <= '~' && byte != '\\' && byte != '\'';
    text += printable ? std::string(1, static_cast<char>(byte)) : fmt::format("\\x{:02x}", byte);
  }
  return text;
}

}  // namespace timeservice::bench
