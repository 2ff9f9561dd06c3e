#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace timeservice::host {

/// How far a host has come; see Host::progress().
struct Progress {
  /// Grows with each byte of a reply that is sent, and each call that ends. Not with what clients
  /// do: those who wait in vain come again, and shake hands again.
  std::uint64_t done;
  /// Whoever waits for a thread of the host at this moment: connections not accepted (which count as
  /// one) or with bytes that nobody has read, and calls that are read and do not run. Not those that
  /// wait for a handler, for a client to take its reply, or for nothing.
  std::size_t waiting;
};

/// Tells a host whose threads are all stuck from one that has nothing to do, from looks
/// at its progress. One thread.
class StuckDetector {
 public:
  /// Stuck: that somebody waits and nothing at all is done, for so long.
  explicit StuckDetector(std::chrono::nanoseconds limit) : limit_(limit) {}

  /// Another look, `after` the one before.
  bool look(const Progress& now, std::chrono::nanoseconds after);

 private:
  const std::chrono::nanoseconds limit_;
  std::uint64_t done_ = 0;
  std::chrono::nanoseconds stuck_for_{0};
};

}  // namespace timeservice::host
