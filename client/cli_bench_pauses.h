#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <random>

namespace timeservice::client {

/// The pauses of `bench` between a call that failed and the next: a server that is overloaded
/// or down is not called as fast as can be.
///
/// rest() is for any thread; run() is one thread's, on which what was put off runs. Must
/// outlive the threads that call it.
class BenchPauses {
 public:
  using Clock = std::chrono::steady_clock;
  /// A pause lasts between a half and the whole of this: calls that failed together do not
  /// come back together.
  static constexpr std::chrono::milliseconds kLongest{50};

  explicit BenchPauses(Clock::time_point end) : end_(end) {}

  Clock::time_point end() const { return end_; }
  /// Puts `next` off; false, and it never runs, if it would be due after the end.
  bool rest(std::function<void()> next);
  /// Runs what was put off when it is due, until the end, before which it does not return. Once.
  void run();

 private:
  const Clock::time_point end_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::multimap<Clock::time_point, std::function<void()>> due_;  // behind mutex_
  std::minstd_rand random_;                                      // behind mutex_
};

}  // namespace timeservice::client
