#include "wire/read_buffer.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace timeservice::wire {
namespace {

constexpr std::size_t kLarge = 256 * 1024;

}  // namespace

std::span<std::uint8_t> ReadBuffer::room(std::size_t least) {
  if (data_.size() - end_ < least) {
    const std::size_t used = end_ - begin_;
    if (data_.size() - used < least || begin_ < used) {
      // Twice what a large message needs is more than may be kept for the next one.
      const std::size_t more = used < kLarge ? used : used / 2;
      RawBytes larger = take_memory(spare_, used + std::max(least, more));
      if (used > 0) std::memcpy(larger.data(), data_.data() + begin_, used);
      give_memory(spare_, std::exchange(data_, std::move(larger)));
    } else if (used > 0) {
      std::memcpy(data_.data(), data_.data() + begin_, used);
    }
    begin_ = 0;
    end_ = used;
  }
  return {data_.data() + end_, data_.size() - end_};
}

void ReadBuffer::consume(std::size_t count) {
  begin_ += count;
  if (begin_ == end_) begin_ = end_ = 0;
}

void ReadBuffer::release_if_empty(std::size_t kept) {
  if (empty() && data_.size() > kept) adopt({}, 0, 0);
}

void ReadBuffer::adopt(RawBytes memory, std::size_t begin, std::size_t end) {
  give_memory(spare_, std::exchange(data_, std::move(memory)));
  begin_ = begin;
  end_ = end;
}

}  // namespace timeservice::wire
