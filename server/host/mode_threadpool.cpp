// --mode threadpool: TThreadPoolServer, a fixed number of threads.
#include <poll.h>

#include <cerrno>

#include <thrift/concurrency/ThreadFactory.h>
#include <thrift/concurrency/ThreadManager.h>
#include <thrift/server/TThreadPoolServer.h>

#include "server/host/blocking_serving.h"
#include "server/host/modes.h"

namespace timeservice::host {
namespace {

using apache::thrift::concurrency::ThreadManager;

constexpr std::size_t kDefaultThreads = 16;
/// How long a worker keeps a connection that says nothing, so that a busy client
/// does not go through the Gate for each call. While others wait for a worker: not at all.
constexpr int kKeepMilliseconds = 5;

std::shared_ptr<ThreadManager> make_pool(std::size_t threads) {
  auto pool = ThreadManager::newSimpleThreadManager(threads, 0);
  pool->threadFactory(std::make_shared<apache::thrift::concurrency::ThreadFactory>());
  pool->start();
  return pool;
}

bool speaks_soon(int fd, ThreadManager& pool) {
  const int wait = pool.pendingTaskCount() > 0 ? 0 : kKeepMilliseconds;
  pollfd fds{.fd = fd, .events = POLLIN, .revents = 0};
  int ready = 0;
  while ((ready = ::poll(&fds, 1, wait)) < 0 && errno == EINTR) {
  }
  return ready > 0;
}

class ThreadPoolMode : public Mode {
 public:
  explicit ThreadPoolMode(const ModeParts& parts)
      : pool_(make_pool(parts.options.threads.value_or(kDefaultThreads))),
        serving_(parts, [pool = pool_.get()](int fd) { return speaks_soon(fd, *pool); }),
        server_(serving_.processor_factory(), serving_.server_transport(), serving_.transport_factory(),
                serving_.transport_factory(), serving_.protocol_factory(), serving_.protocol_factory(), pool_) {}

  void serve() override { server_.serve(); }
  void stop() override { server_.stop(); }

 private:
  std::shared_ptr<ThreadManager> pool_;
  BlockingServing serving_;
  apache::thrift::server::TThreadPoolServer server_;
};

}  // namespace

std::unique_ptr<Mode> make_threadpool(const ModeParts& parts) {
  return std::make_unique<ThreadPoolMode>(parts);
}

}  // namespace timeservice::host
