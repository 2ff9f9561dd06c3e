#include "server/host/liveness.h"

#include <fmt/format.h>

#include "server/host/host.h"

namespace timeservice::host {
namespace {

/// A look asks each connection whether it has bytes that wait: so many in the limit are enough.
constexpr int kLooks = 16;

}  // namespace

Liveness::Liveness(const Host& host, std::chrono::nanoseconds limit)
    : host_(host), limit_(limit), detector_(limit) {}

std::string Liveness::check() {
  if (!host_.started()) return "";
  const std::lock_guard lock(mutex_);
  const auto now = std::chrono::steady_clock::now();
  if (const auto since = now - looked_; since >= limit_ / kLooks) {
    looked_ = now;
    stuck_ = detector_.look(host_.progress(), since);
  }
  if (!stuck_) return "";
  return fmt::format("clients wait, and nothing was done for {} s: look for handlers that hang",
                     std::chrono::duration_cast<std::chrono::seconds>(limit_).count());
}

}  // namespace timeservice::host
