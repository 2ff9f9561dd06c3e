#include "client/cli_bench_pauses.h"

#include <algorithm>
#include <utility>

namespace timeservice::client {

bool BenchPauses::rest(std::function<void()> next) {
  const std::lock_guard lock(mutex_);
  using Microseconds = std::chrono::microseconds;
  std::uniform_int_distribution<Microseconds::rep> pause(Microseconds(kLongest).count() / 2,
                                                         Microseconds(kLongest).count());
  const auto due = Clock::now() + Microseconds(pause(random_));
  if (due >= end_) return false;
  due_.emplace(due, std::move(next));
  changed_.notify_one();
  return true;
}

void BenchPauses::run() {
  std::unique_lock lock(mutex_);
  // What is put off is due before the end, so nothing is left behind; and rest() looks at the
  // clock behind the lock, so that it takes nothing when this has returned.
  for (;;) {
    const auto now = Clock::now();
    if (!due_.empty() && due_.begin()->first <= now) {
      const auto next = std::move(due_.extract(due_.begin()).mapped());
      lock.unlock();
      next();
      lock.lock();
    } else if (now >= end_) {
      return;
    } else {
      changed_.wait_until(lock, due_.empty() ? end_ : std::min(due_.begin()->first, end_));
    }
  }
}

}  // namespace timeservice::client
