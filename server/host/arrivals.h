#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <thread>

#include "server/host/gate.h"

namespace timeservice::host {

/// Connections that have spoken, for a server that watches a descriptor and then
/// insists on getting one: TNonblockingServer throws through its event loop, and
/// so ends, when a readable listening socket has no connection to give.
class Arrivals {
 public:
  explicit Arrivals(Gate& gate);
  ~Arrivals();
  Arrivals(const Arrivals&) = delete;
  Arrivals& operator=(const Arrivals&) = delete;

  /// Readable exactly while take() has a connection.
  int poll_fd() const { return count_; }
  /// Any thread: the server let go of a connection without looking at it; it comes again.
  void give_back(std::shared_ptr<Connection> connection) { gate_.wait(std::move(connection)); }

  /// The next connection. One thread; only when poll_fd() is readable.
  std::shared_ptr<Connection> take();

 private:
  void push(std::shared_ptr<Connection> connection);

  Gate& gate_;
  /// A semaphore: how many are queued.
  int count_;
  std::mutex mutex_;
  std::deque<std::shared_ptr<Connection>> queue_;
  std::thread thread_;
};

}  // namespace timeservice::host
