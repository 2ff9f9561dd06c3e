#pragma once

#include <cstdint>

namespace timeservice::wire {

/// What a message may be before it is refused. Checked while the bytes arrive,
/// before anything is allocated for what they declare.
struct Limits {
  /// Bytes of one message, without the four bytes of a frame's length.
  std::uint32_t message_bytes = 1u << 20;
  /// Bytes of one string (in JSON: as written, escapes and base64 included).
  std::uint32_t string_bytes = 1u << 20;
  /// Elements of one list or set, entries of one map.
  std::uint32_t container_elements = 1u << 18;
  /// Structs and containers inside one another; a call's arguments are the first.
  std::uint32_t nesting = 64;
};

/// The largest message_bytes that may be asked for, in bytes. Below it, no frame
/// length can be mistaken for the first bytes of TLS, HTTP or an unframed message.
inline constexpr std::uint32_t kMaxMessageBytes = 256u << 20;

}  // namespace timeservice::wire
