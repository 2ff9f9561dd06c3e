#pragma once

#include <memory>
#include <mutex>
#include <unordered_map>

#include "server/host/acceptor.h"
#include "server/host/connection.h"

namespace timeservice::host {

/// Where connections wait that have nothing to say. The modes built on Apache's servers take
/// from it only connections with bytes to read, so that a silent client costs a
/// descriptor and no thread, and give back those that fall silent.
///
/// TLS handshakes are made here, by the thread that takes: so a stalled one holds no
/// thread either, and many together delay others by one step at a time.
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
  void shake_a_hand();
  std::shared_ptr<Connection> take_out(int set, std::uint64_t id);

  Acceptor& acceptor_;
  int epoll_;
  /// Those whose handshake is not done: all of them together are one entry of epoll_, so
  /// each of the others has its turn between two of their steps.
  int handshakes_;
  int interrupt_;
  std::mutex mutex_;
  /// By id. A connection is registered with one of the sets as long as it is here.
  std::unordered_map<std::uint64_t, std::shared_ptr<Connection>> waiting_;
};

}  // namespace timeservice::host
