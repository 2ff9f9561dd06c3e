#pragma once

#include <cstddef>
#include <memory>

#include <thrift/concurrency/ThreadManager.h>

#include "server/host/admission.h"

namespace timeservice::host {

/// Threads for the tasks of a stock server, each of which is a call, that hold
/// max_in_flight: one more is run by a thread of its own at once, and told to be shed. The
/// server's thread is not free for that: it may wait for itself there, with many calls to be
/// shed (TNonblockingServer 0.17, which tells its loops by a pipe that may be full).
class AdmittingPool : public apache::thrift::concurrency::ThreadManager {
 public:
  /// What the task that the calling thread runs is to do with its call.
  enum class Task {
    kNone,  ///< it is none of a pool's
    kRun,   ///< run it: it has its place
    kShed,
  };
  static Task task();

  AdmittingPool(std::size_t threads, Admission& admission);

  void start() override;
  void stop() override;
  void add(std::shared_ptr<apache::thrift::concurrency::Runnable> task, std::int64_t timeout,
           std::int64_t expiration) override;

  STATE state() const override { return pool_->state(); }
  std::shared_ptr<apache::thrift::concurrency::ThreadFactory> threadFactory() const override {
    return pool_->threadFactory();
  }
  void threadFactory(std::shared_ptr<apache::thrift::concurrency::ThreadFactory> value) override;
  void addWorker(std::size_t value) override { pool_->addWorker(value); }
  void removeWorker(std::size_t value) override { pool_->removeWorker(value); }
  std::size_t idleWorkerCount() const override { return pool_->idleWorkerCount(); }
  std::size_t workerCount() const override { return pool_->workerCount(); }
  std::size_t pendingTaskCount() const override { return pool_->pendingTaskCount(); }
  std::size_t totalTaskCount() const override { return pool_->totalTaskCount(); }
  std::size_t pendingTaskCountMax() const override { return pool_->pendingTaskCountMax(); }
  std::size_t expiredTaskCount() const override { return pool_->expiredTaskCount(); }
  void remove(std::shared_ptr<apache::thrift::concurrency::Runnable> task) override { pool_->remove(task); }
  std::shared_ptr<apache::thrift::concurrency::Runnable> removeNextPending() override {
    return pool_->removeNextPending();
  }
  void removeExpiredTasks() override { pool_->removeExpiredTasks(); }
  void setExpireCallback(ExpireCallback callback) override { pool_->setExpireCallback(callback); }

 private:
  Admission& admission_;
  std::shared_ptr<ThreadManager> pool_;
  /// Sheds.
  std::shared_ptr<ThreadManager> refuser_;
};

}  // namespace timeservice::host
