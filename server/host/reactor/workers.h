#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include "server/host/call_turn.h"
#include "server/host/monotonic.h"
#include "server/host/reactor/turn_watch.h"

namespace timeservice::host {

/// Threads that run a reactor's calls where the event loops are not to: always, never, or, unless it is told
/// how many there are to be, while calls are slow. A slow call that an event loop runs holds up all
/// connections of that loop; a quick one costs half as much there as it does with a worker.
/// Any thread.
class Workers {
 public:
  /// Of those that are started when calls are found to be slow.
  static constexpr std::size_t kAsNeeded = 16;

  /// Throws StartError where so many `threads` cannot be had. Unset: as needed; zero: none. `calls` outlives
  /// it.
  Workers(std::optional<std::size_t> threads, CallParts& calls);
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  /// Whether calls are a worker's to run, for now.
  bool wanted() const {
    const auto until = wanted_until_.load(std::memory_order_acquire);
    return until != kNever && coarse_now() < until;
  }
  /// Has a worker do it. Only where they were wanted before.
  template <typename Work>
  void post(Work&& work) {
    boost::asio::post(*pool_, std::forward<Work>(work));
  }

  /// Runs a turn of calls on the calling thread, which returns their Progress; looks now and then,
  /// and as good as always where they take long, at whether they are slow.
  template <typename Turn>
  auto watch(const Turn& turn) {
    if (!as_needed_.load(std::memory_order_relaxed)) return turn();
    // Once a tick of the coarse clock: the turn after one that took long is looked at.
    thread_local constinit Time looked_at{0};
    const Time now = coarse_now();
    if (now == looked_at) return turn();
    const TurnWatch watch;
    auto progress = turn();
    if (progress.calls > 0) looked_at = now;
    if (const auto held_up = watch.slow(progress.calls)) saw_slow(*held_up);
    return progress;
  }

 private:
  using Time = std::chrono::milliseconds;
  static constexpr Time kNever{0};

  void saw_slow(std::chrono::nanoseconds held_up);
  bool start(std::chrono::nanoseconds held_up);

  CallParts& calls_;
  std::atomic<bool> as_needed_;
  std::atomic<Time> wanted_until_ = kNever;
  std::mutex mutex_;
  /// Made at most once.
  std::optional<boost::asio::thread_pool> pool_;
};

}  // namespace timeservice::host
