#include "wire/read_buffer.h"

#include <algorithm>
#include <cstring>

namespace timeservice::wire {

std::span<std::uint8_t> ReadBuffer::room(std::size_t least) {
  if (data_.size() - end_ < least) {
    const std::size_t used = end_ - begin_;
    if (data_.size() - used < least || begin_ < used) {
      std::vector<std::uint8_t> larger(std::max(used + least, 2 * used));
      if (used > 0) std::memcpy(larger.data(), data_.data() + begin_, used);
      data_.swap(larger);
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
  if (empty() && data_.size() > kept) {
    begin_ = end_ = 0;
    std::vector<std::uint8_t>().swap(data_);  // assigning {} would keep the memory
  }
}

}  // namespace timeservice::wire
