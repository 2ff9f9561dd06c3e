#pragma once

#include <poll.h>

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "test/support/echo_host.h"

namespace timeservice::test {

/// Clients that send without waiting for replies, and count what comes back: a result is useful
/// while its client still waits for it.
class OpenLoop {
 public:
  OpenLoop(const wire::Endpoint& endpoint, int clients);

  /// So many a second in all; returns when the time is over.
  void run(double rate, std::chrono::milliseconds time);
  /// Each client one call at a time.
  void run_closed(std::chrono::milliseconds time);
  /// Waits, a bounded time, until each call is answered.
  bool all_answered();

  std::uint64_t sent() const { return sent_; }
  std::uint64_t useful() const { return useful_; }
  std::uint64_t shed() const { return shed_; }

 private:
  using Clock = std::chrono::steady_clock;
  struct Client {
    explicit Client(const wire::Endpoint& endpoint) : connection(endpoint) {}
    RawConnection connection;
    std::string bytes;
    /// When those calls were sent that are not answered yet.
    std::deque<Clock::time_point> asked;
  };

  void send(Client& client);
  void receive(int wait_ms, bool send_next = false);
  /// Takes the replies out of what has arrived; how many they were.
  int count(Client& client);

  const std::string call_;
  std::vector<std::unique_ptr<Client>> clients_;
  std::vector<pollfd> polled_;
  std::uint64_t sent_ = 0;
  std::uint64_t useful_ = 0;
  std::uint64_t late_ = 0;
  std::uint64_t shed_ = 0;
};

}  // namespace timeservice::test
