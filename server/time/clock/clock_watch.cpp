#include "server/time/clock/clock_watch.h"

#include <chrono>

namespace timeservice::clock {

ClockWatch::ClockWatch(BoundedWallClock& clock) : clock_(clock) {
  clock_.refresh();
  thread_ = std::thread([this] { run(); });
}

ClockWatch::~ClockWatch() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  stopping_.notify_one();
  thread_.join();
}

void ClockWatch::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_.wait_for(lock, std::chrono::seconds(1), [this] { return stop_; })) {
    lock.unlock();
    clock_.refresh();
    lock.lock();
  }
}

}  // namespace timeservice::clock
