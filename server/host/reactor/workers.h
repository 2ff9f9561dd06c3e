#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "server/host/call_turn.h"
#include "server/host/monotonic.h"
#include "server/host/reactor/turn_watch.h"

namespace timeservice::host {

/// Threads that run a reactor's calls where the event loops are not to: always, never, or, unless it is told
/// how many there are to be, while calls are slow. A slow call that an event loop runs holds up all
/// connections of that loop; a quick one costs twice as much with a worker, and pipelined ones far more.
/// Any thread.
class Workers {
 public:
  /// Of those that are started when calls are found to be slow.
  static constexpr std::size_t kAsNeeded = 16;

  /// Throws StartError where so many `threads` cannot be had. Unset: as needed; zero: none. `calls` outlives
  /// it.
  Workers(std::optional<std::size_t> threads, CallParts& calls);
  ~Workers();
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
    boost::asio::post(context_, std::forward<Work>(work));
  }

  /// Runs a turn of calls, which returns their Progress, on the calling thread, an event loop's. Looks
  /// whether they are slow: at one turn in a tick of the coarse clock, and at each for a while after one that
  /// took long, whatever for.
  template <typename Turn>
  auto watch(const Turn& turn) {
    if (!as_needed_.load(std::memory_order_relaxed)) return turn();
    thread_local constinit Looks looks;
    const Time now = coarse_now();
    if (now == looks.last && now >= looks.at_all_until) {
      auto progress = turn();
      if (const Time end = coarse_now(); end - now >= kLong && end >= looks.rests_until) {
        looks = {.last = now, .at_all_until = end + kWatched, .rests_until = end + kWatched + kRest};
      }
      return progress;
    }
    const TurnWatch watch;
    auto progress = turn();
    if (progress.calls > 0) looks.last = now;
    if (const auto held_up = watch.slow(progress.calls)) {
      looks = {.last = looks.last, .at_all_until = now + kWatched};
      saw_slow(*held_up);
    }
    return progress;
  }

 private:
  using Time = std::chrono::milliseconds;
  static constexpr Time kNever{0};
  /// Two ticks of most kernels' coarse clock.
  static constexpr Time kLong{8};
  /// A look costs most of a microsecond, a tenth of a turn: on a busy machine turns take long all the time
  /// for nothing, and are then not all looked at again for a while.
  static constexpr Time kWatched{2000};
  static constexpr Time kRest{18000};

  struct Looks {
    Time last{0};
    Time at_all_until{0};
    Time rests_until{0};
  };

  void saw_slow(std::chrono::nanoseconds held_up);
  bool start();
  void start_threads(std::size_t count);

  CallParts& calls_;
  std::atomic<bool> as_needed_;
  std::atomic<Time> wanted_until_ = kNever;
  std::mutex mutex_;
  /// How long loops were seen to be held up since then, for a second.
  std::chrono::nanoseconds held_up_{0};
  Time since_ = kNever;
  boost::asio::io_context context_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> stays_;
  /// Started at most once. Last: they end first.
  std::vector<std::jthread> threads_;
};

}  // namespace timeservice::host
