#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace timeservice::wire {

/// The bytes of a connection that have arrived and are not used up. Grows with
/// what really arrives, never with what the bytes declare.
class ReadBuffer {
 public:
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

 private:
  std::vector<std::uint8_t> data_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace timeservice::wire
