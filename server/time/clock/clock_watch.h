#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "server/time/clock/bounded_wall_clock.h"

namespace timeservice::clock {

/// A thread that refreshes a bounded clock once a second, from its construction, which
/// does so once itself, to its destruction. It tells of each change of the clock's state,
/// a second after the construction at the earliest.
class ClockWatch {
 public:
  /// Called on the watch's thread; it must not throw.
  using OnChange = std::function<void(const BoundedTime& time)>;

  /// `clock` outlives this. At first the clock is taken to be SYNCHRONIZED, of which there
  /// is nothing to tell.
  explicit ClockWatch(
      BoundedWallClock& clock, OnChange on_change = [](const BoundedTime&) {});
  ~ClockWatch();
  ClockWatch(const ClockWatch&) = delete;
  ClockWatch& operator=(const ClockWatch&) = delete;

 private:
  void run();

  BoundedWallClock& clock_;
  const OnChange on_change_;
  ClockState::type told_ = ClockState::SYNCHRONIZED;
  std::mutex mutex_;
  std::condition_variable stopping_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace timeservice::clock
