#include "wire/spare_memory.h"

#include <algorithm>
#include <iterator>
#include <new>
#include <utility>

namespace timeservice::wire {
namespace {

/// New memory is a multiple of this, so that it fits messages of about the same size too.
constexpr std::size_t kStep = 64 * 1024;

/// Memory of more than so many times what is asked for stays: who gets it may hold it long, and
/// have sent little, or be owed little.
constexpr std::size_t kMostTimes = 4;

}  // namespace

RawBytes SpareMemory::take(std::size_t bytes) {
  if (bytes < kLeast) return RawBytes(bytes);
  {
    const std::lock_guard lock(mutex_);
    const auto found = std::find_if(kept_.rbegin(), kept_.rend(), [bytes](const RawBytes& memory) {
      return memory.size() >= bytes && memory.size() / kMostTimes <= bytes;
    });
    if (found != kept_.rend()) {
      RawBytes taken = std::move(*found);
      kept_.erase(std::next(found).base());
      kept_bytes_ -= taken.size();
      return taken;
    }
  }
  return RawBytes((bytes + kStep - 1) / kStep * kStep);
}

void SpareMemory::give(RawBytes memory) noexcept {
  if (memory.size() < kLeast || memory.size() > most_) return;
  std::vector<RawBytes> freed;  // after the lock: the system takes its time
  try {
    const std::lock_guard lock(mutex_);
    kept_.reserve(kept_.size() + 1);
    while (kept_bytes_ + memory.size() > most_) {
      freed.push_back(std::move(kept_.front()));
      kept_bytes_ -= freed.back().size();
      kept_.erase(kept_.begin());
    }
    kept_bytes_ += memory.size();
    kept_.push_back(std::move(memory));
  } catch (const std::bad_alloc&) {  // then it is needed elsewhere
  }
}

std::size_t SpareMemory::kept() {
  const std::lock_guard lock(mutex_);
  return kept_bytes_;
}

}  // namespace timeservice::wire
