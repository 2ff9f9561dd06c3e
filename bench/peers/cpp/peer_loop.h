#pragma once

#include <chrono>
#include <cstddef>
#include <exception>
#include <vector>

#include "bench/peers/cpp/peer_workload.h"

namespace timeservice::peers {

using Clock = std::chrono::steady_clock;

/// Ends a phase after so many calls or, without a number, after a time.
class Limit {
 public:
  Limit(std::size_t calls, Clock::duration duration) : calls_(calls), duration_(duration) {}

  void begin(Clock::time_point now) {
    if (calls_ == 0) end_ = now + duration_;
  }
  bool reached(std::size_t begun, Clock::time_point now) const {
    return calls_ > 0 ? begun >= calls_ : now >= end_;
  }
  Clock::time_point end() const { return end_; }

 private:
  std::size_t calls_;
  Clock::duration duration_;
  Clock::time_point end_ = Clock::time_point::max();
};

/// What a phase's calls came to. A worker has one of its own.
struct Tally {
  /// Of the calls that were answered.
  std::vector<Clock::duration> latencies = {};
  /// When the last of those came.
  Clock::time_point last_reply = {};
  std::size_t errors = 0;
  std::size_t wrong = 0;

  void answered(Clock::time_point begun, Clock::time_point replied);
  void add(const Tally& other);
  /// Says on standard error what it was.
  void fail(const std::exception& error);
};

/// One framework's connection, used by one thread.
class Connection {
 public:
  virtual ~Connection() = default;
  /// Makes one call and waits for its reply. Throws on any error, after which nothing on
  /// the connection can be trusted.
  virtual Reply call() = 0;
};

/// Several calls under way, each in a slot of its own; used by one thread.
class Window {
 public:
  struct Answer {
    std::size_t slot;
    Reply reply;
  };

  virtual ~Window() = default;
  /// Starts a call in a slot that has none under way.
  virtual void start(std::size_t slot) = 0;
  /// Waits for one of the calls under way. Throws as Connection::call does.
  virtual Answer receive() = 0;
};

/// A closed loop. Ends at an error.
void one_at_a_time(Connection& connection, const Workload& workload, const Limit& limit, Tally& tally);

/// Keeps `size` calls under way. Those that are under way when the time is over are checked
/// and do not count. Ends at an error, then with calls under way.
void in_a_window(Window& window, std::size_t size, const Workload& workload, const Limit& limit,
                 Tally& tally);

}  // namespace timeservice::peers
