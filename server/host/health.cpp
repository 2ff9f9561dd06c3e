#include "server/host/health.h"

#include <algorithm>
#include <utility>

namespace timeservice::host {

void Health::enter(State state) {
  const std::lock_guard lock(mutex_);
  state_ = state;
}

Health::State Health::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

Health::Registration Health::watch(Check check) { return add(watched_, std::move(check)); }

Health::Registration Health::watch_life(Check check) { return add(life_, std::move(check)); }

Health::Registration Health::add(const std::shared_ptr<Checks>& checks, Check check) {
  const auto added = std::make_shared<const Check>(std::move(check));
  {
    const std::lock_guard lock(checks->mutex);
    checks->checks.push_back(added);
  }
  return Registration(std::shared_ptr<void>(nullptr, [checks, added](void*) {
    const std::lock_guard lock(checks->mutex);
    std::erase(checks->checks, added);
  }));
}

std::string Health::first_failure(Checks& checks) {
  const std::lock_guard lock(checks.mutex);
  for (const auto& check : checks.checks) {
    if (std::string reason = (*check)(); !reason.empty()) return reason;
  }
  return {};
}

Health::Now Health::now() const {
  const State state = this->state();
  if (state != State::kServing) return {state, {}};
  std::string reason = first_failure(*watched_);
  return {reason.empty() ? state : State::kFailed, std::move(reason)};
}

std::string Health::dead() const {
  return state() == State::kServing ? first_failure(*life_) : std::string();
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
