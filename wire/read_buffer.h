#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "wire/raw_bytes.h"
#include "wire/spare_memory.h"

namespace timeservice::wire {

/// The bytes of a connection that have arrived and are not used up. Grows with
/// what really arrives, never with what the bytes declare.
class ReadBuffer {
 public:
  /// Large memory is taken from `spare`, where there is one, and given back; it outlives this.
  explicit ReadBuffer(SpareMemory* spare = nullptr) : spare_(spare) {}

  std::span<const std::uint8_t> bytes() const { return {data_.data() + begin_, end_ - begin_}; }
  bool empty() const { return begin_ == end_; }

  /// Room for more behind bytes(), at least `least` bytes of it.
  std::span<std::uint8_t> room(std::size_t least);
  /// `count` bytes of the room were filled.
  void filled(std::size_t count) { end_ += count; }
  /// `count` bytes at the front are used up.
  void consume(std::size_t count);
  /// Gives the memory back where it is empty and larger than `kept` bytes.
  void release_if_empty(std::size_t kept = 0);

  /// Goes on with `memory` in the place of its own: bytes() are those from `begin` to `end` of it.
  void adopt(RawBytes memory, std::size_t begin, std::size_t end);

 private:
  SpareMemory* spare_;
  RawBytes data_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace timeservice::wire
