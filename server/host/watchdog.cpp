#include "server/host/watchdog.h"

#include <chrono>
#include <utility>

#include "server/host/host.h"
#include "server/host/progress.h"

namespace timeservice::host {

Watchdog::Watchdog(const Host& host, ServiceManager& manager, std::shared_ptr<spdlog::logger> log,
                   std::chrono::microseconds limit)
    : log_(std::move(log)) {
  const auto within = manager.watchdog();
  thread_ = std::thread([this, &host, &manager, limit = within.value_or(limit), fed = within.has_value()] {
    watch(host, fed ? &manager : nullptr, limit);
  });
}

Watchdog::~Watchdog() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Watchdog::watch(const Host& host, ServiceManager* manager, std::chrono::microseconds limit) {
  using std::chrono::steady_clock;
  StuckDetector detector(limit);
  auto last = steady_clock::now();
  bool was_stuck = false;
  std::unique_lock lock(mutex_);
  do {
    const auto now = steady_clock::now();
    const Progress progress = host.progress();
    const bool stuck = detector.look(progress, now - std::exchange(last, now)) && !draining_;
    if (!stuck && manager != nullptr) manager->alive();
    if (stuck && !was_stuck) {
      log_->error("nothing was done for {} ms though {} clients wait: every thread is stuck, {}",
                  std::chrono::duration_cast<std::chrono::milliseconds>(limit).count(), progress.waiting,
                  manager != nullptr ? "and the service manager is told nothing until that changes"
                                     : "as handlers that hang leave it: restart it if they do not end");
    }
    if (was_stuck && !stuck) log_->info("threads are no longer stuck");
    was_stuck = stuck;
  } while (!changed_.wait_for(lock, limit / 2, [this] { return stopping_; }));
}

}  // namespace timeservice::host
