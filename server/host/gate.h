#pragma once

#include <memory>
#include <mutex>
#include <unordered_map>

#include "server/host/acceptor.h"
#include "server/host/connection.h"

namespace timeservice::host {

/// Where connections wait that have nothing to say. The blocking modes take from
/// it only connections with bytes to read, so that a silent client costs a
/// descriptor and no thread, and give back those that fall silent.
class Gate {
 public:
  explicit Gate(Acceptor& acceptor);
  ~Gate();
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  /// Waits for a connection with something to read, new or waiting; it is the
  /// caller's until wait(). Null after interrupt(). One thread.
  std::shared_ptr<Connection> next();

  /// Any thread: the connection waits here until it has something to read.
  void wait(std::shared_ptr<Connection> connection);

  /// Readable while next() would not wait.
  int poll_fd() const { return epoll_; }

  /// Any thread: next() returns null, now and from now on.
  void interrupt();

 private:
  void take_new_ones();

  Acceptor& acceptor_;
  int epoll_;
  int interrupt_;
  std::mutex mutex_;
  /// By id. A connection is registered with epoll as long as it is here.
  std::unordered_map<std::uint64_t, std::shared_ptr<Connection>> waiting_;
};

}  // namespace timeservice::host
