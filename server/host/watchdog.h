#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include <spdlog/logger.h>

#include "server/host/service_manager.h"

namespace timeservice::host {

class Host;

/// Feeds the service manager's watchdog, several times in the time that it allows, by a thread of its own:
/// as long as the host gets on, or has nothing to do. One whose threads are all stuck for
/// all that time while clients wait is fed no more, and the manager restarts it. The log is told of it
/// in any case, also where nobody is to be fed. The host outlives it, and has been started. Any thread.
class Watchdog {
 public:
  /// Where the manager allows no time, stuck means for `limit`.
  Watchdog(const Host& host, ServiceManager& manager, std::shared_ptr<spdlog::logger> log,
           std::chrono::microseconds limit = std::chrono::seconds(30));
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  /// The host is on its way down, which has a timeout of its own: fed, come what may.
  void draining() { draining_ = true; }
  /// "" or that every thread is stuck, one line, as of the last look. For Health::watch_life().
  std::string stuck() const;

 private:
  /// No manager: nobody is to be fed.
  void watch(const Host& host, ServiceManager* manager);

  const std::shared_ptr<spdlog::logger> log_;
  const std::chrono::microseconds limit_;
  std::atomic<bool> draining_ = false;
  std::atomic<bool> stuck_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace timeservice::host
