#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include <thrift/TProcessor.h>

#include "server/host/call_runner.h"
#include "wire/limits.h"
#include "wire/protocol.h"
#include "wire/spare_memory.h"

namespace timeservice::host {

/// The runners of one thread, one for each protocol, made when first asked for: all
/// connections that the thread serves share them and their buffers.
class CallRunners {
 public:
  /// What a runner keeps from one reply for the next; more comes from `spare`, which outlives it.
  static constexpr std::size_t kKept = 256 * 1024;

  CallRunners(std::shared_ptr<apache::thrift::TProcessor> processor, const wire::Limits& limits,
              wire::SpareMemory& spare)
      : processor_(std::move(processor)), limits_(limits), spare_(spare) {}

  /// `protocol` must not be kAuto.
  CallRunner& of(wire::Protocol protocol) {
    auto& runner = runners_[static_cast<std::size_t>(protocol)];
    if (!runner) runner = std::make_unique<CallRunner>(processor_, protocol, limits_, kKept, &spare_);
    return *runner;
  }
  void clear_replies() {
    for (const auto& runner : runners_) {
      if (runner) runner->clear_replies();
    }
  }

 private:
  std::shared_ptr<apache::thrift::TProcessor> processor_;
  wire::Limits limits_;
  wire::SpareMemory& spare_;
  std::array<std::unique_ptr<CallRunner>, wire::kProtocols.size()> runners_;
};

/// Runners for threads that come and go: as many as run at one time. Any thread.
class SharedCallRunners {
 public:
  SharedCallRunners(std::shared_ptr<apache::thrift::TProcessor> processor, const wire::Limits& limits,
                    wire::SpareMemory& spare)
      : processor_(std::move(processor)), limits_(limits), spare_(spare) {}

  std::unique_ptr<CallRunners> take() {
    const std::lock_guard lock(mutex_);
    if (free_.empty()) return std::make_unique<CallRunners>(processor_, limits_, spare_);
    auto runners = std::move(free_.back());
    free_.pop_back();
    return runners;
  }
  void give_back(std::unique_ptr<CallRunners> runners) {
    const std::lock_guard lock(mutex_);
    free_.push_back(std::move(runners));
  }

 private:
  std::shared_ptr<apache::thrift::TProcessor> processor_;
  wire::Limits limits_;
  wire::SpareMemory& spare_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<CallRunners>> free_;
};

}  // namespace timeservice::host
