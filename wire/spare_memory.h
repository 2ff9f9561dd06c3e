#pragma once

#include <cstddef>
#include <mutex>
#include <utility>
#include <vector>

#include "wire/raw_bytes.h"

namespace timeservice::wire {

/// Memory of large messages that are done with, for the next ones. The system gives memory
/// of their size page by page, each of zeros, and gets it back at once: that costs more than
/// all else that is done for a large call. Any thread.
class SpareMemory {
 public:
  /// From here on memory is worth keeping, in bytes.
  static constexpr std::size_t kLeast = 64 * 1024;

  /// Keeps at most `most` bytes in all.
  explicit SpareMemory(std::size_t most) : most_(most) {}
  SpareMemory(const SpareMemory&) = delete;
  SpareMemory& operator=(const SpareMemory&) = delete;

  /// At least so much; new, where nothing that is kept is large enough, and not more than four times as
  /// large.
  RawBytes take(std::size_t bytes);
  /// Keeps it, in the place of what has been kept longest where there is too much; or frees
  /// it. Never throws.
  void give(RawBytes memory) noexcept;
  /// How much is kept, in bytes.
  std::size_t kept();

 private:
  const std::size_t most_;
  std::mutex mutex_;
  /// What was given last is last, and taken first.
  std::vector<RawBytes> kept_;
  std::size_t kept_bytes_ = 0;
};

/// The same for whoever may have no SpareMemory.
inline RawBytes take_memory(SpareMemory* spare, std::size_t bytes) {
  return spare != nullptr ? spare->take(bytes) : RawBytes(bytes);
}
inline void give_memory(SpareMemory* spare, RawBytes memory) noexcept {
  if (spare != nullptr) spare->give(std::move(memory));
}

}  // namespace timeservice::wire
