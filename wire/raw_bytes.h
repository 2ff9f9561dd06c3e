#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace timeservice::wire {

/// Memory for bytes that are about to be written, and are anything before that: a vector
/// writes zeros first, which for a large message costs as much as copying it.
class RawBytes {
 public:
  RawBytes() = default;
  explicit RawBytes(std::size_t size)
      : data_(std::make_unique_for_overwrite<std::uint8_t[]>(size)), size_(size) {}
  RawBytes(RawBytes&& other) noexcept : data_(std::move(other.data_)), size_(std::exchange(other.size_, 0)) {}
  RawBytes& operator=(RawBytes&& other) noexcept {
    data_ = std::move(other.data_);
    size_ = std::exchange(other.size_, 0);
    return *this;
  }

  std::uint8_t* data() const { return data_.get(); }
  std::size_t size() const { return size_; }

 private:
  std::unique_ptr<std::uint8_t[]> data_;
  std::size_t size_ = 0;
};

}  // namespace timeservice::wire
