#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <vector>

#include "server/time/oracle/watermark_store.h"

namespace timeservice::test {

/// What outlives a process: the number that a FakeStore keeps, and how writes go.
struct FakeDisk {
  std::atomic<std::int64_t> watermark = 0;
  std::atomic<int> writes = 0;
  /// Called before a number is durable and after it; what they throw, write() throws.
  std::function<void()> before_write = [] {};
  std::function<void()> after_write = [] {};
};

class FakeStore : public oracle::WatermarkStore {
 public:
  explicit FakeStore(FakeDisk& disk) : disk_(disk) {}
  std::int64_t read() override { return disk_.watermark; }
  void write(std::int64_t watermark) override {
    ++disk_.writes;
    disk_.before_write();
    disk_.watermark = watermark;
    disk_.after_write();
  }

 private:
  FakeDisk& disk_;
};

[[noreturn]] inline void no_space() { throw std::runtime_error("no space left"); }

}  // namespace timeservice::test
