#include "server/host/thread_number.h"

#include <atomic>
#include <bit>
#include <cstdint>

namespace timeservice::host {
namespace {

/// A bit for each number that a thread has.
constinit std::atomic<std::uint64_t> taken = 0;
static_assert(kNumberedThreads == 64);

std::size_t take_lowest() {
  std::uint64_t before = taken.load(std::memory_order_relaxed);
  for (;;) {
    const auto lowest = static_cast<std::size_t>(std::countr_one(before));
    if (lowest == kNumberedThreads) return lowest;
    const std::uint64_t after = before | (std::uint64_t{1} << lowest);
    if (taken.compare_exchange_weak(before, after, std::memory_order_acquire)) return lowest;
  }
}

/// Gives the number back when its thread ends.
struct Holder {
  const std::size_t number = take_lowest();

  ~Holder() {
    // What the thread still does when others of its objects end is done without.
    detail::number_behind = kNumberedThreads + 1;
    if (number == kNumberedThreads) return;
    taken.fetch_and(~(std::uint64_t{1} << number), std::memory_order_release);
  }
};

}  // namespace

namespace detail {

constinit thread_local std::size_t number_behind = 0;

std::size_t take_thread_number() {
  thread_local const Holder holder;
  number_behind = holder.number + 1;
  return holder.number;
}

}  // namespace detail
}  // namespace timeservice::host
