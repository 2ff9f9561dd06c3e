#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "server/time/clock/bounded_wall_clock.h"

namespace timeservice::clock {

/// A thread that refreshes a bounded clock once a second, from its construction, which
/// does so once itself, to its destruction.
class ClockWatch {
 public:
  /// `clock` outlives this.
  explicit ClockWatch(BoundedWallClock& clock);
  ~ClockWatch();
  ClockWatch(const ClockWatch&) = delete;
  ClockWatch& operator=(const ClockWatch&) = delete;

 private:
  void run();

  BoundedWallClock& clock_;
  std::mutex mutex_;
  std::condition_variable stopping_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace timeservice::clock
