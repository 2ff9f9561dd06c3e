#include "server/host/reactor/workers.h"

#include "server/host/require_threads.h"
#include "server/host/start_error.h"

namespace timeservice::host {
namespace {

using std::chrono::milliseconds;

/// Until an event loop may try again: so many times what held it up, which is then a hundredth of its
/// time at most, and never less than the second.
constexpr int kTimesAsLong = 100;
constexpr milliseconds kAtLeast{1000};

}  // namespace

Workers::Workers(std::optional<std::size_t> threads, CallParts& calls) : calls_(calls), as_needed_(!threads) {
  if (threads.value_or(0) == 0) return;
  require_threads(*threads);
  pool_.emplace(*threads);
  wanted_until_ = Time::max();
}

void Workers::saw_slow(std::chrono::nanoseconds held_up) {
  calls_.counters.slow_turns.fetch_add(1, std::memory_order_relaxed);
  const std::lock_guard lock(mutex_);
  if (!pool_ && !start(held_up)) return;
  const Time until = coarse_now() + kAtLeast + std::chrono::ceil<milliseconds>(kTimesAsLong * held_up);
  if (until > wanted_until_.load(std::memory_order_relaxed)) {
    wanted_until_.store(until, std::memory_order_release);
  }
}

bool Workers::start(std::chrono::nanoseconds held_up) {
  const auto took_us = std::chrono::duration_cast<std::chrono::microseconds>(held_up).count();
  try {
    require_threads(kAsNeeded);
    pool_.emplace(kAsNeeded);
  } catch (const std::exception& error) {
    as_needed_ = false;
    calls_.log.warn("a call held up an event loop for {} us, and calls stay there: {}", took_us,
                    error.what());
    return false;
  }
  calls_.log.info(
      "a call held up an event loop for {} us: {} threads run calls as long as some are slow; "
      "--threads N has N run them all, --threads 0 none",
      took_us, kAsNeeded);
  return true;
}

}  // namespace timeservice::host
