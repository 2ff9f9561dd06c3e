// --mode threadpool: TThreadPoolServer, a fixed number of threads.
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>

#include <thrift/concurrency/ThreadManager.h>
#include <thrift/server/TThreadPoolServer.h>

#include "server/host/blocking_serving.h"
#include "server/host/joined_threads.h"
#include "server/host/modes.h"
#include "server/host/require_threads.h"
#include "server/host/start_error.h"

namespace timeservice::host {
namespace {

using apache::thrift::concurrency::ThreadManager;

constexpr std::size_t kDefaultThreads = 16;
std::shared_ptr<ThreadManager> make_pool(std::size_t threads) {
  require_threads(threads);
  auto pool = ThreadManager::newSimpleThreadManager(threads, 0);
  pool->threadFactory(joined_threads());
  pool->start();
  return pool;
}

/// Tells a worker that waits for its connection's next bytes to let it go, because
/// another connection waits for a worker. So an idle client, or one that sends
/// half a message, holds no worker, and a busy one keeps its worker.
class Turns {
 public:
  explicit Turns(ThreadManager& pool)
      : pool_(pool), wanted_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE)) {
    if (wanted_ < 0) throw StartError("cannot start: no descriptors left; raise ulimit -n");
  }
  ~Turns() { ::close(wanted_); }
  Turns(const Turns&) = delete;
  Turns& operator=(const Turns&) = delete;

  /// The accepting thread, before it queues one more connection. It alone adds to
  /// the queue; so what is read here can only get better until it does.
  void want_worker() {
    const std::size_t pending = pool_.pendingTaskCount();
    if (pending < pool_.idleWorkerCount()) return;
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(wanted_, &one, sizeof one);
  }

  /// A worker: true when its connection has bytes, false when it is to let go.
  bool wait(int fd) {
    pollfd fds[2] = {{.fd = fd, .events = POLLIN, .revents = 0},
                     {.fd = wanted_, .events = POLLIN, .revents = 0}};
    for (;;) {
      if (::poll(fds, 2, -1) < 0) continue;
      std::uint64_t one = 0;
      if (fds[1].revents != 0 && ::read(wanted_, &one, sizeof one) > 0) return false;
      if (fds[0].revents != 0) return true;
    }
  }

 private:
  ThreadManager& pool_;
  int wanted_;
};

class ThreadPoolMode : public Mode {
 public:
  explicit ThreadPoolMode(const ModeParts& parts)
      : pool_(make_pool(parts.options.threads.value_or(kDefaultThreads))),
        turns_(*pool_),
        serving_(
            parts, [this](int fd) { return turns_.wait(fd); }, [this] { turns_.want_worker(); }),
        server_(serving_.processor_factory(), serving_.server_transport(), serving_.transport_factory(),
                serving_.transport_factory(), serving_.protocol_factory(), serving_.protocol_factory(),
                pool_) {}

  void serve() override { server_.serve(); }
  void stop() override { server_.stop(); }

 private:
  std::shared_ptr<ThreadManager> pool_;
  Turns turns_;
  BlockingServing serving_;
  apache::thrift::server::TThreadPoolServer server_;
};

}  // namespace

std::unique_ptr<Mode> make_threadpool(const ModeParts& parts) {
  return std::make_unique<ThreadPoolMode>(parts);
}

}  // namespace timeservice::host
