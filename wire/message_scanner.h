#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "wire/limits.h"
#include "wire/message_type.h"
#include "wire/protocol.h"
#include "wire/wire_error.h"

namespace timeservice::wire {

/// Finds where a message ends, without a frame's help and without decoding it.
///
/// Give it the message's bytes as they arrive, always from the message's start:
/// it goes on where it stopped, so a message costs linear time however it is cut.
/// It allocates nothing for what the bytes declare, reads nothing past the given
/// bytes, and refuses what is over the limits. One thread at a time.
class MessageScanner {
 public:
  enum class State { kNeedMore, kComplete, kBad };

  MessageScanner(Protocol protocol, const Limits& limits) : protocol_(protocol), limits_(limits) {}

  /// `bytes` begins where the message does, and holds all that was given before.
  State scan(std::span<const std::uint8_t> bytes);

  /// After kComplete: the message's bytes.
  std::size_t length() const { return position_; }
  /// After kBad.
  WireError error() const { return error_; }
  /// Begin with the next message.
  void reset();

 private:
  /// A struct, or what is left of a container, that the scan is inside of.
  struct Level {
    std::uint8_t types[2];  // of the elements; a map's key and value
    bool is_struct;
    bool is_map;
    std::uint64_t left;  // elements not yet begun; of a map, keys and values together
  };
  /// What one step came to.
  enum class Step { kDone, kNeedMore, kBad };

  State scan_binary();
  Step binary_head();
  Step binary_field();
  Step binary_value(std::uint8_t type);

  State scan_compact();
  Step compact_head();
  Step compact_field();
  Step compact_value(std::uint8_t type);
  Step compact_container(std::uint8_t type);
  Step read_varint(std::size_t& at, std::uint64_t& value);

  State scan_json();

  /// In scan_walk.h.
  template <auto kHead, auto kField, auto kValue>
  State walk();
  /// The type of the next element of the innermost container, which it counts.
  std::uint8_t next_element();
  Step open_struct();
  Step open_container(std::uint64_t count, std::uint8_t first, std::uint8_t second, bool is_map,
                      std::size_t least_bytes);
  Step skip(std::uint64_t bytes);
  Step skip_string(std::uint64_t bytes);
  Step bad(WireError error);
  bool have(std::size_t bytes) const { return bytes_.size() >= position_ + bytes; }
  std::uint8_t byte(std::size_t offset) const { return bytes_[position_ + offset]; }
  std::uint32_t big_endian32(std::size_t offset) const;

  Protocol protocol_;
  Limits limits_;
  std::span<const std::uint8_t> bytes_;
  /// Where the next thing to look at begins; may lie beyond what has arrived.
  std::size_t position_ = 0;
  std::vector<Level> levels_;
  /// A field's type, read, whose value is not begun; 0 for none.
  std::uint8_t pending_ = 0;
  bool head_done_ = false;
  WireError error_ = WireError::kMalformed;
  // JSON only:
  std::string closers_;
  std::size_t string_start_ = 0;
  bool in_string_ = false;
  bool escaped_ = false;
  std::uint8_t before_ = 0;
};

}  // namespace timeservice::wire
