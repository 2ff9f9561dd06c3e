#include "server/host/acceptor.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include <fmt/format.h>

#include "server/host/start_error.h"

namespace timeservice::host {
namespace {

/// Clients over the limit are many at once, and whoever accepts has others to serve.
constexpr int kLooksAtOnce = 16;
constexpr long kRestNanoseconds = 50'000'000;

/// Every peer in one form: an IPv4 address as IPv6 writes it.
sockaddr_in6 as_v6(const sockaddr_storage& address) {
  sockaddr_in6 v6{};
  if (address.ss_family == AF_INET6) {
    std::memcpy(&v6, &address, sizeof v6);
    return v6;
  }
  const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
  v6.sin6_family = AF_INET6;
  v6.sin6_port = v4.sin_port;
  v6.sin6_addr.s6_addr[10] = v6.sin6_addr.s6_addr[11] = 0xff;
  std::memcpy(&v6.sin6_addr.s6_addr[12], &v4.sin_addr, 4);
  return v6;
}

std::vector<ListenSocket> listen_for_clients(const wire::Endpoint& endpoint,
                                             const std::vector<ListenSocket>& before) {
  try {
    return listen_at(endpoint, before);
  } catch (const StartError& error) {
    throw StartError(fmt::format("--listen: {}", error.what()));
  }
}

}  // namespace

Acceptor::Acceptor(const std::vector<wire::Endpoint>& endpoints, Connections& connections)
    : connections_(connections),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      timer_(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)) {
  if (epoll_ < 0 || timer_ < 0) throw StartError("cannot start: no descriptors left; raise ulimit -n");
  try {
    for (const wire::Endpoint& endpoint : endpoints) {
      for (ListenSocket& socket : listen_for_clients(endpoint, sockets_)) {
        bound_.push_back(socket.bound());
        sockets_.push_back(std::move(socket));
      }
    }
  } catch (...) {
    ::close(timer_);
    ::close(epoll_);
    throw;
  }
  for (const ListenSocket& socket : sockets_) {
    if (connections_.wants_stamps()) ask_for_stamps(socket.fd());
    watch(socket.fd(), EPOLLIN, EPOLL_CTL_ADD);
  }
  watch(timer_, EPOLLIN, EPOLL_CTL_ADD);
}

Acceptor::~Acceptor() {
  ::close(timer_);
  ::close(epoll_);
}

void Acceptor::watch(int fd, std::uint32_t events, int operation) {
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  ::epoll_ctl(epoll_, operation, fd, &event);
}

std::shared_ptr<Connection> Acceptor::accept() {
  const std::lock_guard lock(mutex_);
  if (!last_.empty()) {
    auto connection = std::move(last_.front());
    last_.pop_front();
    return connection;
  }
  // One event at a time: epoll keeps the order, so that no endpoint starves another.
  epoll_event ready{};
  for (int looks = 0; looks < kLooksAtOnce && ::epoll_wait(epoll_, &ready, 1, 0) == 1; ++looks) {
    if (ready.data.fd == timer_) {
      resume();
      continue;
    }
    for (const ListenSocket& socket : sockets_) {
      if (socket.fd() != ready.data.fd) continue;
      std::shared_ptr<Connection> connection;
      take(socket, connection);
      if (connection) return connection;
    }
  }
  return nullptr;
}

bool Acceptor::take(const ListenSocket& socket, std::shared_ptr<Connection>& connection) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  const int client = ::accept4(socket.fd(), reinterpret_cast<sockaddr*>(&address), &size, SOCK_CLOEXEC);
  if (client < 0) {
    const int error = errno;
    if (error == EAGAIN || error == EBADF) return false;
    if (error == EINTR) return true;
    connections_.counters().accept_errors.fetch_add(1);
    if (std::uint64_t missed = 0; error_lines_.pass(missed)) {
      connections_.log().warn("accept on {}: {}; serving goes on", wire::to_string(socket.bound()),
                              std::generic_category().message(error));
    }
    if (out_of_resources(error)) rest();
    return !out_of_resources(error);
  }
  if (socket.bound().is_unix()) {
    connection = connections_.add(client, nullptr, socket.bound().tls);
    return true;
  }
  const int on = 1;
  ::setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(client, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  const sockaddr_in6 peer = as_v6(address);
  connection = connections_.add(client, &peer, socket.bound().tls);
  return true;
}

// The listening sockets stay readable while nothing can be accepted: looking away
// for a moment is what keeps that from being a busy loop.
void Acceptor::rest() {
  if (resting_) return;
  resting_ = true;
  for (const ListenSocket& socket : sockets_) watch(socket.fd(), 0, EPOLL_CTL_MOD);
  ring(kRestNanoseconds);
}

void Acceptor::ring(long nanoseconds) {
  itimerspec when{};
  when.it_value.tv_nsec = nanoseconds;
  ::timerfd_settime(timer_, 0, &when, nullptr);
}

void Acceptor::resume() {
  std::uint64_t expired = 0;
  [[maybe_unused]] const ssize_t read = ::read(timer_, &expired, sizeof expired);
  resting_ = false;
  for (const ListenSocket& socket : sockets_) watch(socket.fd(), EPOLLIN, EPOLL_CTL_MOD);
}

void Acceptor::close() {
  const std::lock_guard lock(mutex_);
  for (const ListenSocket& socket : sockets_) {
    // Whoever comes after this process serves those that wait there. Since others hold the
    // socket too, closing it here would not end that the epoll set watches it.
    if (socket.bound().is_inherited()) {
      watch(socket.fd(), 0, EPOLL_CTL_DEL);
      continue;
    }
    std::shared_ptr<Connection> connection;
    while (take(socket, connection)) {
      if (connection) last_.push_back(std::move(connection));
    }
  }
  sockets_.clear();
  if (!last_.empty()) ring(1);
}

}  // namespace timeservice::host
