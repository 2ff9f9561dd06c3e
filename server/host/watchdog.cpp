#include "server/host/watchdog.h"

#include <chrono>
#include <utility>

#include "server/host/host.h"
#include "server/host/progress.h"

namespace timeservice::host {

Watchdog::Watchdog(const Host& host, ServiceManager& manager, std::shared_ptr<spdlog::logger> log)
    : log_(std::move(log)) {
  if (const auto within = manager.watchdog()) {
    thread_ = std::thread([this, &host, &manager, within = *within] { feed(host, manager, within); });
  }
}

Watchdog::~Watchdog() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Watchdog::feed(const Host& host, ServiceManager& manager, std::chrono::microseconds within) {
  using std::chrono::steady_clock;
  StuckDetector detector(within);
  auto last = steady_clock::now();
  bool was_stuck = false;
  std::unique_lock lock(mutex_);
  do {
    const auto now = steady_clock::now();
    const Progress progress = host.progress();
    const bool stuck = detector.look(progress, now - std::exchange(last, now)) && !draining_;
    if (!stuck) manager.alive();
    if (stuck && !was_stuck) {
      log_->error(
          "nothing was done for {} ms though {} clients wait: every thread is stuck, and the service manager "
          "is told nothing until that changes",
          std::chrono::duration_cast<std::chrono::milliseconds>(within).count(), progress.waiting);
    }
    if (was_stuck && !stuck) log_->warn("threads are no longer stuck");
    was_stuck = stuck;
  } while (!changed_.wait_for(lock, within / 2, [this] { return stopping_; }));
}

}  // namespace timeservice::host
