// --mode reactor: our own event loops, on Boost.Asio; every client, pipelined.
#include <algorithm>
#include <memory>
#include <new>
#include <thread>
#include <vector>

#include "server/host/modes.h"
#include "server/host/reactor/event_loop.h"
#include "server/host/require_threads.h"

namespace timeservice::host {
namespace {

/// New connections taken before those that are open have their turn again.
constexpr int kAcceptAtOnce = 16;

std::size_t loops_of(const HostOptions& options) {
  return options.io_threads.value_or(std::max(1u, std::thread::hardware_concurrency()));
}

class ReactorMode : public Mode {
 public:
  explicit ReactorMode(const ModeParts& parts)
      : acceptor_(parts.acceptor),
        runners_(parts.processor, parts.options.limits, parts.calls.spare),
        reactor_parts_{.options = parts.options,
                       .processor = parts.processor,
                       .log = parts.connections.log(),
                       .calls = parts.calls,
                       .workers = workers_,
                       .runners = runners_},
        workers_(parts.options.threads, parts.calls) {
    if (parts.options.threads == std::size_t{0}) warn_of_limit_beyond(loops_of(parts.options), parts);
    require_threads(loops_of(parts.options));
    for (std::size_t i = 0; i < loops_of(parts.options); ++i) {
      loops_.push_back(std::make_unique<EventLoop>(reactor_parts_));
    }
    loops_.front()->watch(acceptor_.poll_fd(), [this] { take_arrivals(); });
  }

  void serve() override {
    std::vector<std::jthread> threads;
    try {
      for (std::size_t i = 1; i < loops_.size(); ++i) {
        threads.emplace_back([loop = loops_[i].get()] { loop->run(); });
      }
    } catch (...) {
      stop();  // those that run; the others have nothing to end
      throw;
    }
    loops_.front()->run();
  }

  void stop() override {
    for (const auto& loop : loops_) loop->stop();
  }
  bool workers_run_calls() const override { return workers_.wanted(); }

 private:
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
  /// Last: its threads end before the loops that they report to.
  Workers workers_;
};

}  // namespace

std::unique_ptr<Mode> make_reactor(const ModeParts& parts) { return std::make_unique<ReactorMode>(parts); }

}  // namespace timeservice::host
