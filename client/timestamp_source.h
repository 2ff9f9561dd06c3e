#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "client/client_error.h"
#include "client/client_options.h"
#include "client/oracle_route.h"
#include "client/retry.h"
#include "client/time_client.h"
#include "time_service_types.h"

namespace timeservice::client {

/// What suits a TimestampSource: a silent server is given up after a second, and the
/// waits are from 5 to 500 ms.
ClientOptions timestamp_client_options();

/// Plain data.
struct TimestampSourceOptions {
  /// The servers, one of which leads. Their timeouts say how long a silent one is waited
  /// for before the next is asked, so they are to be shorter than `timeout`. Of `retry`
  /// the backoffs are taken; how often is a matter of time.
  ClientOptions client = timestamp_client_options();
  /// How long a take() may take.
  std::chrono::milliseconds timeout = std::chrono::seconds(5);
};

/// Timestamps for many threads: unique, and if one take() returned before another began,
/// whoever made it on whatever machine, each timestamp of the first is less than each of
/// the second.
///
/// One request is in flight at a time. What is asked for meanwhile is gathered into the
/// next, so that requests grow with the load by themselves. A take() is only ever served
/// by a request that was sent after it began: what an earlier one brought may be less than
/// a timestamp that somebody has seen by now, so nothing is kept for later.
///
/// While servers are not reachable or hand out nothing, they are asked again, in turn and
/// with waits that grow, until each take()'s time is over; a leader that is named is
/// followed, by TLS where the server that named it was asked by TLS. A server that has too
/// much to do is asked again. A reply that is lost loses its timestamps and nothing else.
///
/// Any thread may call at any time. It runs one thread of its own.
class TimestampSource {
 public:
  /// Does not connect. Throws std::invalid_argument for options that make no sense,
  /// std::system_error where there is no thread to be had.
  explicit TimestampSource(TimestampSourceOptions options, RetryHooks hooks = system_retry_hooks());
  TimestampSource(const TimestampSource&) = delete;
  TimestampSource& operator=(const TimestampSource&) = delete;
  /// No take() may be under way. Waits for a request that is, as long as its timeouts.
  ~TimestampSource();

  /// One timestamp.
  std::int64_t take() { return take(1).first; }

  /// The timestamps first, first + 1, ... first + count - 1; `count` is 1 to MAX_TIMESTAMPS.
  /// Throws TimeoutError, which says how each server failed last, when the time is over; and at
  /// once, where to ask again would not help, ProtocolMismatch, ServerError or
  /// BadRequestError, and a ConnectError that is permanent() at each server. After all but
  /// BadRequestError the next take() asks the next server.
  TimestampRange take(std::int32_t count) { return take(count, options_.timeout); }
  TimestampRange take(std::int32_t count, std::chrono::milliseconds timeout);

  /// Requests that were answered, and the timestamps that they brought.
  struct Counters {
    std::uint64_t requests = 0;
    std::uint64_t timestamps = 0;
  };
  Counters counters() const;
  /// How many take() wait for the next request.
  std::size_t waiting() const;

 private:
  /// A take() that waits, on its thread's stack.
  struct Waiter {
    std::int32_t count;
    std::condition_variable served = {};
    bool done = false;
    std::int64_t first = 0;
    std::exception_ptr error = nullptr;
  };
  using Batch = std::vector<Waiter*>;
  struct Trouble {
    wire::Endpoint server;
    std::string what;
  };
  /// Makes an exception for each waiter: one that they share would be read by many threads.
  using MakeError = std::function<std::exception_ptr()>;

  void run();
  std::int32_t gather();
  void serve(const TimestampRange& range);
  void fail(const MakeError& error);
  void give_back();
  void forget(const Waiter* waiter);
  void wait(std::unique_lock<std::mutex>& lock, std::chrono::milliseconds time);
  /// The wait before the next try; nothing where the batch has ended.
  std::optional<std::chrono::milliseconds> request(std::unique_lock<std::mutex>& lock, std::int32_t count);
  std::string all_troubles(const std::string& latest);
  bool no_server_is_left() const;
  TimeClient& client();

  const TimestampSourceOptions options_;

  mutable std::mutex mutex_;
  std::condition_variable wanted_;
  bool stopped_ = false;  // all behind mutex_
  std::deque<Waiter*> queue_;
  Batch in_flight_;
  std::string trouble_;
  Counters counters_;

  /// Null where no server of the list has TLS.
  const wire::TlsContext tls_;

  // The thread's alone:
  OracleRoute route_;
  std::optional<TimeClient> client_;
  wire::Endpoint connected_;
  std::vector<Trouble> troubles_;
  /// Those that failed for good, since one failed otherwise, answered, or nobody waited.
  std::vector<wire::Endpoint> given_up_;

  std::thread thread_;
};

}  // namespace timeservice::client
