#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "server/time/clock/clock.h"

namespace timeservice::test {

/// Clocks that a test moves. Any thread.
class HandClock : public clock::Clock {
 public:
  clock::WallTime wall() const override { return {wall_ns.load()}; }
  clock::MonotonicTime monotonic() const override { return {boot_ns.load()}; }
  clock::BootTime boot() const override {
    ++boot_reads;
    return {boot_ns.load()};
  }

  /// Time goes by.
  void pass(std::chrono::nanoseconds duration) {
    wall_ns += duration.count();
    boot_ns += duration.count();
  }
  /// The wall clock is set.
  void step(std::chrono::nanoseconds duration) { wall_ns += duration.count(); }

  std::atomic<std::int64_t> wall_ns = 1'800'000'000'000'000'000;
  std::atomic<std::int64_t> boot_ns = 5'000'000'000;
  mutable std::atomic<int> boot_reads = 0;
};

}  // namespace timeservice::test
