#include "server/time/clock/clock_watch.h"

#include <chrono>
#include <utility>

namespace timeservice::clock {

ClockWatch::ClockWatch(BoundedWallClock& clock, OnChange on_change)
    : clock_(clock), on_change_(std::move(on_change)) {
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
    if (const BoundedTime time = clock_.refresh(); time.state != told_) {
      told_ = time.state;
      on_change_(time);
    }
    lock.lock();
  }
}

}  // namespace timeservice::clock
