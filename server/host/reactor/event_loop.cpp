#include "server/host/reactor/event_loop.h"

#include <exception>
#include <utility>

#include <boost/asio/post.hpp>

#include "server/host/reactor/reactor_session.h"

namespace timeservice::host {
namespace {

constexpr std::size_t kBufferBytes = 64 * 1024;

}  // namespace

// Only the loop's own thread starts and ends waiting for a socket, so Asio need not
// lock for that; work is posted from other threads, which it still does lock for.
EventLoop::EventLoop(const ReactorParts& parts)
    : parts_(parts),
      context_(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO),
      stays_(boost::asio::make_work_guard(context_)),
      buffer_(kBufferBytes),
      runners_(parts.processor, parts.options.limits) {}

void EventLoop::run() {
  while (!context_.stopped()) {
    try {
      context_.run();
    } catch (const std::exception& error) {
      // Nothing that a connection does gets here but a lack of memory.
      parts_.log.error("--mode reactor: {}; serving goes on", error.what());
    }
  }
}

void EventLoop::stop() {
  boost::asio::post(context_, [this] { stays_.reset(); });
}

void EventLoop::adopt(std::shared_ptr<Connection> connection) {
  count_session(+1);
  boost::asio::post(context_, [this, connection = std::move(connection)]() mutable {
    ReactorSession::start(std::move(connection), *this, parts_);
  });
}

}  // namespace timeservice::host
