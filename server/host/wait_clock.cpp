#include "server/host/wait_clock.h"

#include <sys/socket.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include <time.h>

#include "server/host/monotonic.h"

namespace timeservice::host {
namespace {

using std::chrono::nanoseconds;

/// Both clocks are slewed together; what moves one against the other is a step.
constexpr nanoseconds kStep = std::chrono::milliseconds(1);
/// Apart by more than this, two readings do not tell of one moment.
constexpr nanoseconds kAtOnce = std::chrono::microseconds(100);
constexpr int kReadings = 4;

nanoseconds of(const timespec& time) { return std::chrono::seconds(time.tv_sec) + nanoseconds(time.tv_nsec); }

}  // namespace

WaitClock::Now WaitClock::read_clocks() {
  Now now{};
  for (int i = 0; i < kReadings; ++i) {
    const nanoseconds before = precise_now();
    timespec wall{};
    clock_gettime(CLOCK_REALTIME, &wall);
    now = {precise_now(), of(wall)};
    now.together = now.monotonic - before < kAtOnce;
    if (now.together) break;  // the thread was not interrupted
  }
  return now;
}

WaitClock::WaitClock(Read read) : read_(read) {
  Now now = read_();
  for (int i = 0; i < kReadings && !now.together; ++i) now = read_();
  ahead_ = (now.wall - now.monotonic).count();
}

WaitClock::Time WaitClock::arrival(const Receipt& receipt, Time known_at) {
  if (receipt.stamp == Time::zero()) return known_at;
  const Now now = read_();
  if (!now.together) return known_at;
  look_for_step(now);
  const Time stamped_at = receipt.stamp - (now.wall - now.monotonic);
  if (stamped_at.count() < stepped_at_.load(std::memory_order_relaxed)) return known_at;
  return std::min(stamped_at, known_at);
}

// Threads that looked at the clocks before the step may get here after others: they
// see one more, which only makes stamps count again later.
void WaitClock::look_for_step(const Now& now) {
  const std::int64_t ahead = (now.wall - now.monotonic).count();
  if (std::abs(ahead - ahead_.load(std::memory_order_relaxed)) <= kStep.count()) return;
  ahead_.store(ahead, std::memory_order_relaxed);
  stepped_at_.store(std::max(stepped_at_.load(), now.monotonic.count()), std::memory_order_relaxed);
}

void ask_for_stamps(int fd) {
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
}

ssize_t receive_stamped(int fd, std::span<std::uint8_t> room, int flags, Receipt& receipt) {
  iovec bytes{.iov_base = room.data(), .iov_len = room.size()};
  alignas(cmsghdr) std::uint8_t control[CMSG_SPACE(sizeof(timespec))];
  msghdr message{};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  const ssize_t got = ::recvmsg(fd, &message, flags);
  if (got <= 0) return got;
  receipt.stamp = {};
  const cmsghdr* const head = CMSG_FIRSTHDR(&message);
  if (head != nullptr && head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_TIMESTAMPNS) {
    timespec stamp{};
    std::memcpy(&stamp, CMSG_DATA(head), sizeof stamp);
    receipt.stamp = of(stamp);
  }
  return got;
}

}  // namespace timeservice::host
