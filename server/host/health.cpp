#include "server/host/health.h"

#include <algorithm>
#include <utility>

namespace timeservice::host {

void Health::enter(State state) {
  const std::lock_guard lock(mutex_);
  state_ = state;
}

Health::Registration Health::watch(Check check) {
  const auto added = std::make_shared<const Check>(std::move(check));
  {
    const std::lock_guard lock(watched_->mutex);
    watched_->checks.push_back(added);
  }
  return Registration(std::shared_ptr<void>(nullptr, [watched = watched_, added](void*) {
    const std::lock_guard lock(watched->mutex);
    std::erase(watched->checks, added);
  }));
}

Health::Now Health::now() const {
  State state;
  {
    const std::lock_guard lock(mutex_);
    state = state_;
  }
  if (state != State::kServing) return {state, {}};
  const std::lock_guard lock(watched_->mutex);
  for (const auto& check : watched_->checks) {
    if (std::string reason = (*check)(); !reason.empty()) return {State::kFailed, std::move(reason)};
  }
  return {state, {}};
}

std::string_view to_string(Health::State state) {
  switch (state) {
    case Health::State::kStarting:
      return "starting";
    case Health::State::kServing:
      return "serving";
    case Health::State::kDraining:
      return "draining";
    case Health::State::kFailed:
      return "failed";
  }
  return "unknown";
}

}  // namespace timeservice::host
