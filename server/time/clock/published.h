#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace timeservice::clock {

/// The latest of a row of values. One thread at a time stores; any thread loads, without a
/// lock, without waiting for a store that is under way, and without writing to memory
/// that others read.
template <typename T>
class Published {
  static_assert(std::is_trivially_copyable_v<T> && sizeof(T) % sizeof(std::uint64_t) == 0);

 public:
  explicit Published(const T& first) { store(first); }

  void store(const T& value) {
    const auto words = std::bit_cast<Words>(value);
    const std::uint64_t next = latest_.load(std::memory_order_relaxed) + 1;
    auto& slot = slots_[next % kSlots];
    // Release, so that who sees a word of this value also sees the number that says it is
    // about to be overwritten.
    for (std::size_t i = 0; i < kWords; ++i) slot[i].store(words[i], std::memory_order_release);
    latest_.store(next, std::memory_order_release);
  }

  T load() const {
    for (;;) {
      const std::uint64_t number = latest_.load(std::memory_order_acquire);
      const auto& slot = slots_[number % kSlots];
      Words words;
      for (std::size_t i = 0; i < kWords; ++i) words[i] = slot[i].load(std::memory_order_acquire);
      // The slot is written anew only after all others were.
      if (latest_.load(std::memory_order_relaxed) - number >= kSlots - 1) continue;
      return std::bit_cast<T>(words);
    }
  }

 private:
  static constexpr std::size_t kSlots = 4;
  static constexpr std::size_t kWords = sizeof(T) / sizeof(std::uint64_t);
  using Words = std::array<std::uint64_t, kWords>;

  std::array<std::array<std::atomic<std::uint64_t>, kWords>, kSlots> slots_ = {};
  std::atomic<std::uint64_t> latest_ = 0;
};

}  // namespace timeservice::clock
