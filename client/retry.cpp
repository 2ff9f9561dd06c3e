#include "client/retry.h"

#include <algorithm>
#include <random>
#include <stdexcept>
#include <thread>

#include <fmt/format.h>

namespace timeservice::client {

void check_retry(const RetryPolicy& policy) {
  if (policy.retries < 0) {
    throw std::invalid_argument(fmt::format("{} retries: write 0 for none", policy.retries));
  }
  if (policy.first_backoff.count() < 0 || policy.max_backoff < policy.first_backoff) {
    throw std::invalid_argument(
        fmt::format("backoff from {} to {} ms: the first is not negative, and at most the last",
                    policy.first_backoff.count(), policy.max_backoff.count()));
  }
}

RetryHooks system_retry_hooks() {
  return {.sleep = [](std::chrono::milliseconds time) { std::this_thread::sleep_for(time); },
          .random =
              [engine = std::minstd_rand(std::random_device{}())]() mutable {
                return std::uniform_real_distribution<double>(0.0, 1.0)(engine);
              }};
}

Backoff::Backoff(const RetryPolicy& policy, const RetryHooks& hooks)
    : policy_(policy), hooks_(hooks), left_(policy.retries), longest_(policy.first_backoff) {}

bool Backoff::wait() {
  if (left_ == 0) return false;
  --left_;
  const double half = static_cast<double>(longest_.count()) / 2;
  hooks_.sleep(std::chrono::milliseconds(static_cast<std::int64_t>(half + half * hooks_.random())));
  // Compared by halves, for the doubling of a long backoff could overflow.
  longest_ = longest_ > policy_.max_backoff / 2 ? policy_.max_backoff : longest_ * 2;
  return true;
}

}  // namespace timeservice::client
