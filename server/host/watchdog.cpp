#include "server/host/watchdog.h"

#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "server/host/host.h"
#include "server/host/progress.h"

namespace timeservice::host {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

namespace {

/// In the limit: so long, in parts of it, a host is called stuck that gets on again.
constexpr int kLooks = 8;

}  // namespace

Watchdog::Watchdog(const Host& host, ServiceManager& manager, std::shared_ptr<spdlog::logger> log,
                   std::chrono::microseconds limit)
    : log_(std::move(log)), limit_(manager.watchdog().value_or(limit)) {
  ServiceManager* const fed = manager.watchdog() ? &manager : nullptr;
  thread_ = std::thread([this, &host, fed] { watch(host, fed); });
}

Watchdog::~Watchdog() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

std::string Watchdog::stuck() const {
  if (!stuck_) return "";
  return fmt::format("clients wait, and nothing was done for {} ms: look for handlers that hang",
                     duration_cast<milliseconds>(limit_).count());
}

void Watchdog::watch(const Host& host, ServiceManager* manager) {
  using std::chrono::steady_clock;
  StuckDetector detector(limit_);
  auto last = steady_clock::now();
  std::unique_lock lock(mutex_);
  do {
    const auto now = steady_clock::now();
    const Progress progress = host.progress();
    const bool stuck = detector.look(progress, now - std::exchange(last, now)) && !draining_;
    if (!stuck && manager != nullptr) manager->alive();
    const bool was_stuck = stuck_.exchange(stuck);
    if (stuck && !was_stuck) {
      log_->error("nothing was done for {} ms though {} clients wait: every thread is stuck, {}",
                  duration_cast<milliseconds>(limit_).count(), progress.waiting,
                  manager != nullptr ? "and the service manager is told nothing until that changes"
                                     : "as handlers that hang leave it: restart it if they do not end");
    }
    if (was_stuck && !stuck) log_->info("threads are no longer stuck");
  } while (!changed_.wait_for(lock, limit_ / kLooks, [this] { return stopping_; }));
}

}  // namespace timeservice::host
