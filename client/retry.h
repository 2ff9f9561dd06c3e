#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

namespace timeservice::client {

/// How often a failed call is made again, and how long to wait before.
struct RetryPolicy {
  /// Tries after the first; 0 for none.
  int retries = 2;
  /// The longest wait before the first retry; it doubles with each,
  std::chrono::milliseconds first_backoff{50};
  /// up to this.
  std::chrono::milliseconds max_backoff{2000};
};

/// Throws std::invalid_argument for a policy that makes no sense.
void check_retry(const RetryPolicy& policy);

/// The two things that a retry takes from the outside world; a test gives its own.
struct RetryHooks {
  std::function<void(std::chrono::milliseconds)> sleep;
  /// A number from 0 (included) to 1 (excluded).
  std::function<double()> random;
};

/// The thread's sleep, and random numbers seeded by the system.
RetryHooks system_retry_hooks();

/// The waits of one call. Each lasts between a half and the whole of a time that
/// doubles: clients that lost the same server do not come back in step.
class Backoff {
 public:
  /// Both must outlive it.
  Backoff(const RetryPolicy& policy, const RetryHooks& hooks);

  /// Waits before the next try; false, at once, when there is none left.
  bool wait();

 private:
  const RetryPolicy& policy_;
  const RetryHooks& hooks_;
  int left_;
  std::chrono::milliseconds longest_;
};

}  // namespace timeservice::client
