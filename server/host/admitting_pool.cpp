#include "server/host/admitting_pool.h"

#include <utility>

#include <thrift/concurrency/ThreadFactory.h>

namespace timeservice::host {
namespace {

using apache::thrift::concurrency::Runnable;
using apache::thrift::concurrency::ThreadManager;

constinit thread_local AdmittingPool::Task current = AdmittingPool::Task::kNone;

class Admitted : public Runnable {
 public:
  Admitted(std::shared_ptr<Runnable> task, Admission::Place place)
      : task_(std::move(task)), place_(std::move(place)) {}

  void run() override {
    place_.begin();
    current = AdmittingPool::Task::kRun;
    task_->run();
    place_.leave();
  }

 private:
  std::shared_ptr<Runnable> task_;
  Admission::Place place_;
};

class Refused : public Runnable {
 public:
  explicit Refused(std::shared_ptr<Runnable> task) : task_(std::move(task)) {}

  void run() override {
    current = AdmittingPool::Task::kShed;
    task_->run();
  }

 private:
  std::shared_ptr<Runnable> task_;
};

}  // namespace

AdmittingPool::Task AdmittingPool::task() { return current; }

AdmittingPool::AdmittingPool(std::size_t threads, Admission& admission)
    : admission_(admission),
      pool_(newSimpleThreadManager(threads, 0)),
      refuser_(newSimpleThreadManager(1, 0)) {
  threadFactory(std::make_shared<apache::thrift::concurrency::ThreadFactory>());
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
