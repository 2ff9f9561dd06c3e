#include "server/host/reactor/event_loop.h"

#include <fcntl.h>

#include <array>
#include <exception>
#include <utility>

#include <boost/asio/post.hpp>

#include "server/host/reactor/reactor_session.h"
#include "server/host/start_error.h"

namespace timeservice::host {
namespace {

using boost::system::error_code;

/// More than is read at a time, so that most large messages are whole in it.
constexpr std::size_t kBufferBytes = 256 * 1024;
/// How often sockets are served before what was posted has its turn.
constexpr int kRoundsAtOnce = 8;

/// Asio closes the descriptor that it is given.
int copy_of(int fd) {
  const int copy = ::fcntl(fd, F_DUPFD_CLOEXEC, 0);
  if (copy < 0) throw StartError("cannot start: no descriptors left; raise ulimit -n");
  return copy;
}

}  // namespace

// Only the loop's own thread starts and ends waiting for descriptors, so Asio need not
// lock for that; work is posted from other threads, which it still does lock for.
EventLoop::EventLoop(const ReactorParts& parts)
    : parts_(parts),
      context_(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO),
      stays_(boost::asio::make_work_guard(context_)),
      ready_(context_, copy_of(sockets_.poll_fd())),
      buffer_(kBufferBytes),
      runners_(parts.processor, parts.options.limits, parts.calls.spare) {}

EventLoop::~EventLoop() = default;

void EventLoop::run() {
  while (!context_.stopped()) {
    try {
      if (!waiting_ && ready_.is_open()) wait_for_sockets();
      context_.run();
    } catch (const std::exception& error) {
      // Nothing that a connection does gets here but a lack of memory.
      parts_.log.error("--mode reactor: {}; serving goes on", error.what());
    }
  }
}

void EventLoop::stop() {
  boost::asio::post(context_, [this] {
    stopping_ = true;
    end_if_done();
  });
}

void EventLoop::end_if_done() {
  if (!stopping_ || !sessions_.empty()) return;
  error_code ignored;
  ready_.close(ignored);
  stays_.reset();
}

void EventLoop::watch(int fd, std::function<void()> ready) {
  watched_ = std::move(ready);
  if (!sockets_.change(fd, ReadySet::For::kNothing, ReadySet::For::kBytes, nullptr)) {
    throw StartError("cannot start: no kernel memory to wait for connections");
  }
}

void EventLoop::adopt(std::shared_ptr<Connection> connection) {
  // Counted while it is on its way too, however that ends.
  serving_.fetch_add(1, std::memory_order_relaxed);
  const std::shared_ptr<void> counted(nullptr,
                                      [this](void*) { serving_.fetch_sub(1, std::memory_order_relaxed); });
  boost::asio::post(context_, [this, counted, connection = std::move(connection)]() mutable {
    start(std::move(connection));
    serving_.fetch_add(1, std::memory_order_relaxed);  // for as long as it is served
  });
}

void EventLoop::start(std::shared_ptr<Connection> connection) {
  const auto session = std::make_shared<ReactorSession>(std::move(connection), *this, parts_);
  sessions_.emplace(session.get(), session);
  begin_round();
  session->start();
}

void EventLoop::forget(const ReactorSession& session) {
  if (sessions_.erase(&session) == 0) return;
  serving_.fetch_sub(1, std::memory_order_relaxed);
  end_if_done();
}

void EventLoop::greet_in_turn(std::shared_ptr<ReactorSession> session) {
  to_greet_.push_back(std::move(session));
  if (to_greet_.size() == 1) boost::asio::post(context_, [this] { greet_next(); });
}

// Posted anew for each: Asio then looks at the sockets before it comes back to it.
void EventLoop::greet_next() {
  const auto session = std::move(to_greet_.front());
  to_greet_.pop_front();
  if (!to_greet_.empty()) boost::asio::post(context_, [this] { greet_next(); });
  session->greet();
}

// All sockets are one descriptor to Asio. Waited for each by itself, a call costs one
// system call more, since Asio asks the kernel about a socket anew before it waits for
// it (epoll_ctl, or a read that finds nothing; 1.74 to 1.83). So does this, but once
// for all that were served together.
void EventLoop::wait_for_sockets() {
  ready_.async_wait(ready_.wait_read, [this](const error_code& error) {
    waiting_ = false;
    if (error) return;
    serve_ready();
    if (ready_.is_open()) wait_for_sockets();
  });
  waiting_ = true;
}

void EventLoop::serve_ready() {
  std::array<epoll_event, 64> room;
  for (int round = 0; round < kRoundsAtOnce; ++round) {
    const auto ready = sockets_.ready(room);
    if (ready.empty()) return;
    begin_round();
    for (const epoll_event& event : ready) {
      if (event.data.ptr == nullptr) {
        watched_();
        continue;
      }
      // It may close, and the loop forget it, while it is served.
      const auto session = static_cast<ReactorSession*>(event.data.ptr)->shared_from_this();
      session->ready();
    }
  }
}

}  // namespace timeservice::host
