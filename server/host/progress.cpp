#include "server/host/progress.h"

#include <poll.h>

#include <algorithm>

#include "server/host/host.h"

namespace timeservice::host {

bool StuckDetector::look(const Progress& now, std::chrono::nanoseconds after) {
  if (now.waiting == 0 || now.done != done_) {
    done_ = now.done;
    stuck_for_ = std::chrono::nanoseconds::zero();
    return false;
  }
  // A process that was stopped for long has had no time to do anything: one look is no proof.
  stuck_for_ += std::min(after, limit_ / 2);
  return stuck_for_ >= limit_;
}

// The same in every mode, since it needs no more of a mode than what connections and the
// processor tell of each call. A handler that hangs is none of it: it may take its time, as
// long as others are served.
Progress Host::progress() const {
  std::uint64_t ended = 0;
  std::uint64_t running = 0;
  for (const CallCounters::Method& method : calls_->methods()) {
    ended += method.calls - method.in_flight;
    running += method.in_flight;
  }
  const Connections::Waiting waiting = connections_->waiting();
  pollfd arrivals{.fd = acceptor_->poll_fd(), .events = POLLIN, .revents = 0};
  const std::size_t not_accepted = ::poll(&arrivals, 1, 0) == 1 ? 1 : 0;
  const std::size_t queued = waiting.called > running ? waiting.called - running : 0;
  return {.done = counters_.replies_out + ended, .waiting = not_accepted + waiting.unread + queued};
}

}  // namespace timeservice::host
