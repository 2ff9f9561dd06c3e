#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include "server/host/call_runners.h"
#include "server/host/connection.h"
#include "server/host/reactor/reactor_parts.h"

namespace timeservice::host {

/// One thread that serves many connections: waits for whichever has bytes, or room
/// for them. What a call needs while it runs (the bytes read, the runner, its reply)
/// belongs to the loop, so a connection that is idle has no buffers.
class EventLoop {
 public:
  explicit EventLoop(const ReactorParts& parts);
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  /// Serves, in the thread that calls it, until stop() and the end of every session.
  void run();
  /// Any thread; again does no harm.
  void stop();

  /// Any thread: serves the connection from now on.
  void adopt(std::shared_ptr<Connection> connection);
  /// Any thread: how many connections it serves.
  std::size_t serving() const { return serving_.load(std::memory_order_relaxed); }

  // For its sessions, on its thread:
  boost::asio::io_context& context() { return context_; }
  /// Where bytes are read to that are used up before the next read.
  std::span<std::uint8_t> buffer() { return buffer_; }
  CallRunners& runners() { return runners_; }
  void count_session(int change) {
    serving_.fetch_add(static_cast<std::size_t>(change), std::memory_order_relaxed);
  }

 private:
  const ReactorParts& parts_;
  std::atomic<std::size_t> serving_ = 0;
  boost::asio::io_context context_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> stays_;
  std::vector<std::uint8_t> buffer_;
  CallRunners runners_;
};

}  // namespace timeservice::host
