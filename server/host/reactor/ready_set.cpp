#include "server/host/reactor/ready_set.h"

#include <unistd.h>

#include <cstdint>

#include "server/host/start_error.h"

namespace timeservice::host {
namespace {

std::uint32_t events_of(ReadySet::For wanted) {
  return wanted == ReadySet::For::kRoom ? EPOLLOUT : EPOLLIN | EPOLLRDHUP;
}

}  // namespace

ReadySet::ReadySet() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (epoll_ < 0) throw StartError("cannot start: no descriptors left; raise ulimit -n");
}

ReadySet::~ReadySet() { ::close(epoll_); }

bool ReadySet::change(int fd, For from, For to, void* who) {
  if (from == to) return true;
  epoll_event event{};
  event.events = events_of(to);
  event.data.ptr = who;
  int operation = EPOLL_CTL_MOD;
  if (from == For::kNothing) operation = EPOLL_CTL_ADD;
  // Out of the set, not waiting for nothing: a reset would be told all the same.
  if (to == For::kNothing) operation = EPOLL_CTL_DEL;
  return ::epoll_ctl(epoll_, operation, fd, &event) == 0;
}

std::span<epoll_event> ReadySet::ready(std::span<epoll_event> room) {
  const int count = ::epoll_wait(epoll_, room.data(), static_cast<int>(room.size()), 0);
  return room.first(count < 0 ? 0 : static_cast<std::size_t>(count));
}

}  // namespace timeservice::host
