#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <unordered_map>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include "server/host/call_runners.h"
#include "server/host/connection.h"
#include "server/host/reactor/reactor_parts.h"
#include "server/host/reactor/ready_set.h"
#include "wire/raw_bytes.h"

namespace timeservice::host {

class ReactorSession;

/// One thread that serves many connections: waits for whichever has bytes, or room
/// for them. What a call needs while it runs (the bytes read, the runner, its reply)
/// belongs to the loop, so a connection that is idle has no buffers. A loop keeps, of what its
/// calls have really needed, at most 256 KiB to read to and as much for the replies of each
/// protocol; the memory of what is larger is shared by all loops (CallParts::spare).
///
/// Asio runs it: work that is posted, timers, and one descriptor for all sockets.
class EventLoop {
 public:
  /// Throws StartError where the process has no descriptors left.
  explicit EventLoop(const ReactorParts& parts);
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  /// Serves, in the thread that calls it, until stop() and the end of every session.
  void run();
  /// Any thread; again does no harm.
  void stop();

  /// Before run(): calls `ready` on the loop's thread as long as `fd` is readable.
  void watch(int fd, std::function<void()> ready);

  /// Any thread: serves the connection from now on.
  void adopt(std::shared_ptr<Connection> connection);
  /// Any thread: how many connections it serves.
  std::size_t serving() const { return serving_.load(std::memory_order_relaxed); }

  // For its sessions; on its thread, but for the first:
  boost::asio::io_context& context() { return context_; }
  ReadySet& sockets() { return sockets_; }
  /// Where bytes are read to that are used up before the next session reads.
  std::span<std::uint8_t> buffer() { return {buffer_.data(), buffer_.size()}; }
  CallRunners& runners() { return runners_; }
  // Times by the monotonic clock, zero where nobody wants to know them:
  /// Looks at the clock, after something else has been done.
  std::chrono::nanoseconds look() {
    if (parts_.calls.timed) looked_at_ = precise_now();
    return looked_at_;
  }
  /// The last look; whoever has looked by himself says so.
  std::chrono::nanoseconds looked_at() const { return looked_at_; }
  void has_looked(std::chrono::nanoseconds now) { looked_at_ = now; }
  /// Since when it is known who is ready.
  std::chrono::nanoseconds round_began() const { return round_began_; }
  void begin_round() { round_began_ = look(); }
  /// Lets the session take a step of its TLS handshake when it is its turn: one of them at a
  /// time, and all that is ready to be served in between.
  void greet_in_turn(std::shared_ptr<ReactorSession> session);
  /// The session has closed, and may go.
  void forget(const ReactorSession& session);

 private:
  using Descriptor = boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type>;

  void start(std::shared_ptr<Connection> connection);
  void wait_for_sockets();
  void serve_ready();
  void end_if_done();
  void greet_next();

  const ReactorParts& parts_;
  std::atomic<std::size_t> serving_ = 0;
  ReadySet sockets_;
  boost::asio::io_context context_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> stays_;
  /// sockets_, for Asio to wait for.
  Descriptor ready_;
  const wire::RawBytes buffer_;
  CallRunners runners_;
  std::unordered_map<const ReactorSession*, std::shared_ptr<ReactorSession>> sessions_;
  std::deque<std::shared_ptr<ReactorSession>> to_greet_;
  /// What watch() was given.
  std::function<void()> watched_;
  std::chrono::nanoseconds looked_at_{0};
  std::chrono::nanoseconds round_began_{0};
  bool waiting_ = false;
  bool stopping_ = false;
};

}  // namespace timeservice::host
