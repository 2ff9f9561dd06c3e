#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "client/timestamp_source.h"
#include "test/client/async_under_test.h"
#include "test/client/client_under_test.h"
#include "test/client/peer.h"
#include "test/client/time_host.h"

namespace timeservice::client {

/// Hands out timestamps, and remembers how many were asked for. Requests wait at the gate
/// while it is shut.
class Oracle : public LocalClock {
 public:
  void get_timestamps(TimestampRange& range, const std::int32_t count) override {
    std::unique_lock lock(mutex_);
    counts_.push_back(count);
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
    if (failures_ > 0) {
      --failures_;
      throw failure;
    }
    LocalClock::get_timestamps(range, count);
  }

  void shut() { set_open(false); }
  void open() { set_open(true); }
  void fail(int times) {
    const std::lock_guard lock(mutex_);
    failures_ = times;
  }
  std::vector<std::int32_t> counts() const {
    const std::lock_guard lock(mutex_);
    return counts_;
  }
  void wait_for_requests(std::size_t number) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, kPatience, [&] { return counts_.size() >= number; });
  }

  OracleUnavailable failure;

 private:
  void set_open(bool open) {
    const std::lock_guard lock(mutex_);
    open_ = open;
    changed_.notify_all();
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = true;
  int failures_ = 0;
  std::vector<std::int32_t> counts_;
};

inline TimestampSourceOptions source_options(std::vector<wire::Endpoint> endpoints) {
  TimestampSourceOptions options;
  options.client = patient_options(std::move(endpoints));
  options.client.retry.first_backoff = options.client.retry.max_backoff = std::chrono::milliseconds(1);
  options.timeout = kPatience;
  return options;
}

inline OracleUnavailable unavailable(OracleFault::type fault, const std::string& leader = "") {
  OracleUnavailable failure;
  failure.__set_message("not now");
  failure.__set_fault(fault);
  failure.__set_leader(leader);
  return failure;
}

}  // namespace timeservice::client
