#include "server/host/gate.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>

#include "server/host/start_error.h"

namespace timeservice::host {
namespace {

// What an event is about: a connection's id, which begins with 1, or one of these.
constexpr std::uint64_t kAcceptor = ~std::uint64_t{0};
constexpr std::uint64_t kInterrupt = kAcceptor - 1;

bool watch(int epoll, int fd, std::uint64_t what, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = what;
  return ::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

}  // namespace

Gate::Gate(Acceptor& acceptor)
    : acceptor_(acceptor),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      interrupt_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (epoll_ < 0 || interrupt_ < 0) throw StartError("cannot start: no descriptors left; raise ulimit -n");
  watch(epoll_, acceptor_.poll_fd(), kAcceptor, EPOLLIN);
  watch(epoll_, interrupt_, kInterrupt, EPOLLIN);
}

Gate::~Gate() {
  ::close(interrupt_);
  ::close(epoll_);
}

std::shared_ptr<Connection> Gate::next() {
  for (;;) {
    // One event at a time: epoll keeps the order of readiness, and whoever is
    // served next may have to wait for the serving thread as the others do.
    epoll_event event{};
    const int count = ::epoll_wait(epoll_, &event, 1, -1);
    if (count < 0 && errno != EINTR) return nullptr;
    if (count <= 0) continue;
    if (event.data.u64 == kInterrupt) return nullptr;
    if (event.data.u64 == kAcceptor) {
      take_new_ones();
      continue;
    }
    const std::lock_guard lock(mutex_);
    const auto found = waiting_.find(event.data.u64);
    if (found == waiting_.end()) continue;
    std::shared_ptr<Connection> connection = std::move(found->second);
    waiting_.erase(found);
    ::epoll_ctl(epoll_, EPOLL_CTL_DEL, connection->fd(), nullptr);
    return connection;
  }
}

void Gate::take_new_ones() {
  while (auto connection = acceptor_.accept()) wait(std::move(connection));
}

void Gate::wait(std::shared_ptr<Connection> connection) {
  const int fd = connection->fd();
  const std::uint64_t id = connection->id();
  const std::lock_guard lock(mutex_);
  const auto entry = waiting_.emplace(id, std::move(connection)).first;
  // Without kernel memory for the watch nobody would ever look at it again.
  if (!watch(epoll_, fd, id, EPOLLIN | EPOLLRDHUP)) waiting_.erase(entry);
}

void Gate::interrupt() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(interrupt_, &one, sizeof one);
}

}  // namespace timeservice::host
