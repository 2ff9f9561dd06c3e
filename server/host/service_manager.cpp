#include "server/host/service_manager.h"

#include <systemd/sd-daemon.h>

#include <chrono>
#include <cstdint>
#include <string>

#include <fmt/format.h>

namespace timeservice::host {
namespace {

using std::chrono::microseconds;

/// For what comes after a drain: the last timestamp's way to the disk, and the exit itself.
constexpr std::chrono::seconds kToEnd{15};

// What fails here fails for want of somebody who listens.
void tell(const std::string& what) { ::sd_notify(0, what.c_str()); }

/// CLOCK_MONOTONIC, which steady_clock reads here.
std::int64_t monotonic_us() {
  const auto since_boot = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<microseconds>(since_boot).count();
}

}  // namespace

void ServiceManager::ready(const std::string& status) { tell(fmt::format("READY=1\nSTATUS={}", status)); }

// The time is for Type=notify-reload, which takes no READY=1 of before for the answer.
void ServiceManager::reloading() { tell(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", monotonic_us())); }

// A --drain-timeout beyond TimeoutStopSec= is meant: the manager is asked to wait for it.
void ServiceManager::stopping(const std::string& status, std::chrono::milliseconds at_most) {
  const microseconds needed = at_most + kToEnd;
  tell(fmt::format("STOPPING=1\nSTATUS={}\nEXTEND_TIMEOUT_USEC={}", status, needed.count()));
}

void ServiceManager::alive() { tell("WATCHDOG=1"); }

std::optional<microseconds> ServiceManager::watchdog() const {
  std::uint64_t usec = 0;
  if (::sd_watchdog_enabled(0, &usec) <= 0) return std::nullopt;
  return microseconds(static_cast<std::int64_t>(usec));
}

}  // namespace timeservice::host
