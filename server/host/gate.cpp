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
constexpr std::uint64_t kHandshakes = kAcceptor - 2;

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
      handshakes_(::epoll_create1(EPOLL_CLOEXEC)),
      interrupt_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (epoll_ < 0 || handshakes_ < 0 || interrupt_ < 0) {
    throw StartError("cannot start: no descriptors left; raise ulimit -n");
  }
  watch(epoll_, acceptor_.poll_fd(), kAcceptor, EPOLLIN);
  watch(epoll_, handshakes_, kHandshakes, EPOLLIN);
  watch(epoll_, interrupt_, kInterrupt, EPOLLIN);
}

Gate::~Gate() {
  ::close(interrupt_);
  ::close(handshakes_);
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
    } else if (event.data.u64 == kHandshakes) {
      shake_a_hand();
    } else if (auto connection = take_out(epoll_, event.data.u64)) {
      return connection;
    }
  }
}

std::shared_ptr<Connection> Gate::take_out(int set, std::uint64_t id) {
  const std::lock_guard lock(mutex_);
  const auto found = waiting_.find(id);
  if (found == waiting_.end()) return nullptr;
  std::shared_ptr<Connection> connection = std::move(found->second);
  waiting_.erase(found);
  ::epoll_ctl(set, EPOLL_CTL_DEL, connection->fd(), nullptr);
  return connection;
}

void Gate::shake_a_hand() {
  epoll_event event{};
  if (::epoll_wait(handshakes_, &event, 1, 0) != 1) return;
  auto connection = take_out(handshakes_, event.data.u64);
  if (!connection) return;
  if (connection->handshake() == Connection::Handshake::kOver) {
    connection->close();
  } else {
    wait(std::move(connection));
  }
}

void Gate::take_new_ones() {
  while (auto connection = acceptor_.accept()) wait(std::move(connection));
}

void Gate::wait(std::shared_ptr<Connection> connection) {
  const int fd = connection->fd();
  const std::uint64_t id = connection->id();
  const int set = connection->handshaking() ? handshakes_ : epoll_;
  const std::uint32_t events = connection->events_to_receive();
  const std::lock_guard lock(mutex_);
  const auto entry = waiting_.emplace(id, std::move(connection)).first;
  // Without kernel memory for the watch nobody would ever look at it again.
  if (!watch(set, fd, id, events)) waiting_.erase(entry);
}

void Gate::interrupt() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(interrupt_, &one, sizeof one);
}

}  // namespace timeservice::host
