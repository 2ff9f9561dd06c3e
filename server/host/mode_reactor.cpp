// --mode reactor: our own event loops, on Boost.Asio; every client, pipelined.
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <new>
#include <optional>
#include <thread>
#include <vector>

#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include "server/host/modes.h"
#include "server/host/reactor/event_loop.h"
#include "server/host/require_threads.h"
#include "server/host/start_error.h"

namespace timeservice::host {
namespace {

using boost::system::error_code;

/// New connections taken before those that are open have their turn again.
constexpr int kAcceptAtOnce = 16;

std::size_t loops_of(const HostOptions& options) {
  return options.io_threads.value_or(std::max(1u, std::thread::hardware_concurrency()));
}

class ReactorMode : public Mode {
 public:
  explicit ReactorMode(const ModeParts& parts)
      : acceptor_(parts.acceptor),
        runners_(parts.processor, parts.options.limits),
        reactor_parts_{.options = parts.options,
                       .processor = parts.processor,
                       .log = parts.connections.log(),
                       .workers = nullptr,
                       .runners = runners_} {
    const std::size_t threads = parts.options.threads.value_or(0);
    require_threads(loops_of(parts.options) + threads);
    if (threads > 0) reactor_parts_.workers = &workers_.emplace(threads);
    for (std::size_t i = 0; i < loops_of(parts.options); ++i) {
      loops_.push_back(std::make_unique<EventLoop>(reactor_parts_));
    }
    // A copy of the descriptor, since Asio closes what it is given.
    const int listening = ::dup(acceptor_.poll_fd());
    if (listening < 0) throw StartError("cannot start: no descriptors left; raise ulimit -n");
    arrivals_.emplace(loops_.front()->context(), listening);
  }

  void serve() override {
    wait_for_arrivals();
    std::vector<std::thread> threads;
    for (std::size_t i = 1; i < loops_.size(); ++i) {
      threads.emplace_back([loop = loops_[i].get()] { loop->run(); });
    }
    loops_.front()->run();
    for (std::thread& thread : threads) thread.join();
  }

  void stop() override {
    boost::asio::post(loops_.front()->context(), [this] {
      error_code ignored;
      arrivals_->close(ignored);
    });
    for (const auto& loop : loops_) loop->stop();
  }

 private:
  void wait_for_arrivals() {
    arrivals_->async_wait(arrivals_->wait_read, [this](const error_code& error) {
      if (error) return;
      take_arrivals();
      wait_for_arrivals();
    });
  }

  void take_arrivals() {
    try {
      for (int i = 0; i < kAcceptAtOnce; ++i) {
        auto connection = acceptor_.accept();
        if (!connection) break;
        least_busy().adopt(std::move(connection));
      }
    } catch (const std::bad_alloc&) {  // costs this connection; others must still be let in
    }
  }

  EventLoop& least_busy() {
    return **std::min_element(loops_.begin(), loops_.end(), [](const auto& one, const auto& other) {
      return one->serving() < other->serving();
    });
  }

  Acceptor& acceptor_;
  SharedCallRunners runners_;
  ReactorParts reactor_parts_;
  std::vector<std::unique_ptr<EventLoop>> loops_;
  /// Waited for by the first loop.
  std::optional<boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type>>
      arrivals_;
  /// Last: its threads end before the loops that they report to.
  std::optional<boost::asio::thread_pool> workers_;
};

}  // namespace

std::unique_ptr<Mode> make_reactor(const ModeParts& parts) { return std::make_unique<ReactorMode>(parts); }

}  // namespace timeservice::host
