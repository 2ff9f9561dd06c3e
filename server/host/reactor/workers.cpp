#include "server/host/reactor/workers.h"

#include <algorithm>
#include <exception>

#include "server/host/require_threads.h"

namespace timeservice::host {
namespace {

using std::chrono::milliseconds;

/// A hundredth of the loops' time may go to calls that hold them up.
constexpr int kShare = 100;
constexpr milliseconds kInSecond{1000 / kShare};
/// Until they may try again.
constexpr milliseconds kAtLeast{1000};
constexpr milliseconds kAtMost = std::chrono::minutes(10);

}  // namespace

Workers::Workers(std::optional<std::size_t> threads, CallParts& calls)
    : calls_(calls), as_needed_(!threads), stays_(boost::asio::make_work_guard(context_)) {
  if (threads.value_or(0) == 0) return;
  start_threads(*threads);
  if (threads_.size() < *threads) {
    context_.stop();  // or those that were had would never end
    throw too_few_threads(*threads, threads_.size());
  }
  wanted_until_ = Time::max();
}

Workers::~Workers() { context_.stop(); }

void Workers::saw_slow(std::chrono::nanoseconds held_up) {
  calls_.counters.slow_turns.fetch_add(1, std::memory_order_relaxed);
  const std::lock_guard lock(mutex_);
  const Time now = coarse_now();
  if (now - since_ >= kAtLeast) {
    since_ = now;
    held_up_ = held_up_.zero();
  }
  held_up_ += held_up;
  if (held_up_ < kInSecond || (threads_.empty() && !start())) return;
  const Time pause = std::chrono::ceil<milliseconds>(kShare * held_up_);
  // Another loop may have had to wait for longer.
  const Time until =
      std::max(wanted_until_.load(std::memory_order_relaxed), now + std::clamp(pause, kAtLeast, kAtMost));
  wanted_until_.store(until, std::memory_order_release);
}

bool Workers::start() {
  const auto held_up_ms = std::chrono::duration_cast<milliseconds>(held_up_).count();
  start_threads(kAsNeeded);
  if (threads_.empty()) {
    as_needed_ = false;
    calls_.log.warn(
        "calls held up event loops for {} ms within a second, and stay there: no thread can be had to run "
        "them, "
        "raise ulimit -u or the container's limit",
        held_up_ms);
    return false;
  }
  calls_.log.info(
      "calls held up event loops for {} ms within a second: {} threads run calls as long as some are slow; "
      "--threads N has N run them all, --threads 0 none",
      held_up_ms, threads_.size());
  return true;
}

// As many as can be had.
void Workers::start_threads(std::size_t count) {
  try {
    threads_.reserve(count);
    while (threads_.size() < count) threads_.emplace_back([this] { context_.run(); });
  } catch (const std::exception&) {
  }
}

}  // namespace timeservice::host
