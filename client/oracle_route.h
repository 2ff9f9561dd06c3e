#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "client/retry.h"
#include "wire/endpoint.h"

namespace timeservice::client {

/// Which of several servers to ask for timestamps, and how long to wait before: decisions
/// alone, without sockets and clocks. One thread at a time.
///
/// It stays with a server that answers, goes where a server says that the leader is, which
/// may be none of the list, and otherwise from one to the next: on from the server that
/// named a leader where that one fails, or where they only name each other. The waits double
/// from one failure to the next, until one call succeeds.
class OracleRoute {
 public:
  /// Of `waits` the backoffs are taken. `endpoints` are at least one.
  OracleRoute(std::vector<wire::Endpoint> endpoints, RetryPolicy waits, RetryHooks hooks);

  const wire::Endpoint& current() const { return current_; }

  void succeeded();
  /// All below move on and give the wait before the next try.

  /// The server cannot be reached, or serves no timestamps.
  std::chrono::milliseconds failed();
  /// It says who leads, as host:port, or "" where it does not know.
  std::chrono::milliseconds redirected(const std::string& leader);
  /// It would serve, but not now; 0 where it does not say when. Of what it says at most a
  /// second is kept to.
  std::chrono::milliseconds put_off(std::chrono::milliseconds retry_after);

 private:
  std::chrono::milliseconds next_wait();
  void next_endpoint();

  const std::vector<wire::Endpoint> endpoints_;
  const RetryPolicy waits_;
  const RetryHooks hooks_;
  std::size_t next_ = 0;
  wire::Endpoint current_;
  std::chrono::milliseconds longest_;
  /// Since the last success,
  bool redirected_ = false;
  /// and how many leaders were followed since the list was gone on in.
  int followed_ = 0;
};

}  // namespace timeservice::client
