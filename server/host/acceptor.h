#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "server/host/connections.h"
#include "server/host/listen_socket.h"
#include "wire/endpoint.h"

namespace timeservice::host {

/// The listening sockets of a host, as one thing to wait for. No error of accept()
/// ends it: without descriptors it rests a moment, and the clients wait in the
/// kernel's queue meanwhile. Any thread.
class Acceptor {
 public:
  /// Listens at once. Throws as listen_at() does.
  Acceptor(const std::vector<wire::Endpoint>& endpoints, Connections& connections);
  ~Acceptor();
  Acceptor(const Acceptor&) = delete;
  Acceptor& operator=(const Acceptor&) = delete;

  /// Readable (level-triggered) while accept() has something to do. An epoll set,
  /// which can itself be waited for by poll, epoll and libevent.
  int poll_fd() const { return epoll_; }

  /// The next new connection. Null when there is none, or when many had to be refused:
  /// poll_fd() tells. Never waits, never throws.
  std::shared_ptr<Connection> accept();

  /// Where it listens; unchanged by close().
  const std::vector<wire::Endpoint>& bound() const { return bound_; }

  /// Closes the listening sockets: new clients are refused by the kernel. Those
  /// that it had already let in are still given out by accept(). At inherited sockets
  /// clients wait instead, for the process that comes after this one.
  void close();

 private:
  /// False: nobody waits there. The connection is null where it was not to be had.
  bool take(const ListenSocket& socket, std::shared_ptr<Connection>& connection);
  void rest();
  void resume();
  void ring(long nanoseconds);
  void watch(int fd, std::uint32_t events, int operation);

  Connections& connections_;
  std::mutex mutex_;
  std::vector<ListenSocket> sockets_;
  std::vector<wire::Endpoint> bound_;
  /// What was accepted while closing.
  std::deque<std::shared_ptr<Connection>> last_;
  int epoll_;
  /// Makes poll_fd() readable: at the end of a rest, and while last_ has some.
  int timer_;
  bool resting_ = false;
  RateLimit error_lines_{1};
};

}  // namespace timeservice::host
