#include "server/host/admitting_pool.h"

#include <atomic>
#include <utility>

#include "server/host/joined_threads.h"

namespace timeservice::host {
namespace {

using apache::thrift::concurrency::Runnable;

constinit thread_local AdmittingPool::Task current = AdmittingPool::Task::kNone;

/// A task of the server's, wrapped. Whoever lets go of it last may be another thread than ran it:
/// the counting that orders them is inside Thrift's library, where ThreadSanitizer does not see it.
class Wrapped : public Runnable {
 public:
  explicit Wrapped(std::shared_ptr<Runnable> task) : task_(std::move(task)) {}
  ~Wrapped() override { see_end(); }

  void run() final {
    run_task(*task_);
    ended_.store(true, std::memory_order_release);
  }

 protected:
  /// Puts what run() did before what follows.
  void see_end() const { [[maybe_unused]] const bool ended = ended_.load(std::memory_order_acquire); }

 private:
  virtual void run_task(Runnable& task) = 0;

  std::shared_ptr<Runnable> task_;
  std::atomic<bool> ended_ = false;
};

class Admitted : public Wrapped {
 public:
  Admitted(std::shared_ptr<Runnable> task, Admission::Place place)
      : Wrapped(std::move(task)), place_(std::move(place)) {}
  // Before its place is looked at, which run_task() has left.
  ~Admitted() override { see_end(); }

 private:
  void run_task(Runnable& task) override {
    place_.begin();
    current = AdmittingPool::Task::kRun;
    task.run();
    place_.leave();
  }

  Admission::Place place_;
};

class Refused : public Wrapped {
 public:
  using Wrapped::Wrapped;
  ~Refused() override { see_end(); }

 private:
  void run_task(Runnable& task) override {
    current = AdmittingPool::Task::kShed;
    task.run();
  }
};

}  // namespace

AdmittingPool::Task AdmittingPool::task() { return current; }

AdmittingPool::AdmittingPool(std::size_t threads, Admission& admission)
    : admission_(admission),
      pool_(newSimpleThreadManager(threads, 0)),
      refuser_(newSimpleThreadManager(1, 0)) {
  threadFactory(joined_threads());
}

void AdmittingPool::threadFactory(std::shared_ptr<apache::thrift::concurrency::ThreadFactory> value) {
  pool_->threadFactory(value);
  refuser_->threadFactory(value);
}

void AdmittingPool::start() {
  pool_->start();
  refuser_->start();
}

void AdmittingPool::stop() {
  refuser_->stop();
  pool_->stop();
}

void AdmittingPool::add(std::shared_ptr<Runnable> task, std::int64_t timeout, std::int64_t expiration) {
  if (auto place = admission_.queue()) {
    pool_->add(std::make_shared<Admitted>(std::move(task), std::move(*place)), timeout, expiration);
  } else {
    refuser_->add(std::make_shared<Refused>(std::move(task)), timeout, expiration);
  }
}

}  // namespace timeservice::host
