#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "client/async_error.h"
#include "client/async_result.h"
#include "client/client_error.h"
#include "client/client_options.h"
#include "client/clock_comparison.h"
#include "client/declared_error.h"
#include "client/true_time.h"
#include "time_service_types.h"

namespace timeservice::client {

class AsyncEngine;

/// A client of one time service that has many calls in flight at once, on one
/// connection: each call is numbered, and its reply is known by the number, in
/// whatever order replies come. Any thread may call at any time; see TimeClient for
/// one call after another.
///
/// It runs one thread of its own, on which all callbacks run, one after another. A callback
/// may call the client again, and may destroy it; while it runs no other call is answered or
/// ends at its deadline, so it must not block, and not wait for a call of the same client.
/// What it throws is dropped.
///
/// **Deadlines.** Each call names the time that it may take, the wait for a connection
/// included. When it has passed, the call fails with TimeoutError, and the server may have
/// run it, or may yet; one without time is not sent at all. A reply that still
/// comes is dropped; other calls go on. The whole connection is given up, and all
/// calls in flight fail with TimeoutError, when the server owes replies and sends no
/// bytes for ClientOptions::receive_timeout, takes none for send_timeout, or leaves
/// max_in_flight replies overdue. So a call that may take longer than that needs a
/// larger receive_timeout too.
///
/// **Failures.** No call is made twice: ClientOptions::retry is not used, the caller
/// knows best. When the connection is lost all calls in flight fail with
/// ConnectionLost, also those that the server never saw, as may happen to the first
/// call after a pause. A server that drains first answers the calls that have reached it, so
/// these succeed; those that reach it later are among the lost. When something comes that is no reply to a
/// call in flight, is over the limits or is no reply at all, all fail with ProtocolMismatch. Where the server
/// turns the client away when it has connected, as one of TLS 1.3 may, all fail with
/// ConnectError: none was run. A ServerError (Overloaded, say, of a call that was not run),
/// a DeclaredError and a ClockUnsteady fail one call alone.
///
/// It connects at the first call, and after a failure at the next one: to the first
/// endpoint that takes the connection, beginning with the one after that which failed.
/// Where none does, all calls that wait for it fail with ConnectError; who calls again
/// at once tries again at once, which does not help where the error is permanent().
///
/// A future throws these errors from get(), a Result from value().
class AsyncTimeClient {
 public:
  using Timeout = std::chrono::milliseconds;
  template <typename Value>
  using Done = std::function<void(Result<Value>)>;

  /// Does not connect. Throws std::invalid_argument as a ServiceCaller does, and for a
  /// max_in_flight that is none; std::system_error where there is no thread to be had.
  explicit AsyncTimeClient(ClientOptions options, std::size_t max_in_flight = 10'000);
  AsyncTimeClient(const AsyncTimeClient&) = delete;
  AsyncTimeClient& operator=(const AsyncTimeClient&) = delete;
  /// Calls in flight fail with CallCancelled, and their callbacks have run when it
  /// returns; but not in a callback, where it returns at once and they run after. May
  /// wait for the system's resolver, which cannot be interrupted. No other thread may be in a
  /// call of it.
  ~AsyncTimeClient();

  /// Each call in two forms. With max_in_flight calls in flight, one more fails at once
  /// with TooManyInFlight: the future is ready, while the other form throws it and
  /// never calls back, and so it does with CallCancelled in a callback that runs while
  /// the client is destroyed. A timeout longer than kMaxTimeout is that long.

  /// As TimeClient::get_time().
  std::future<std::string> get_time(Timeout timeout);
  void get_time(Timeout timeout, Done<std::string> done);

  /// As TimeClient::now(). The round trip ends when the reply is read: with many calls in
  /// flight the interval is wide.
  std::future<TrueTime> now(std::int64_t max_error_ns, Timeout timeout);
  void now(std::int64_t max_error_ns, Timeout timeout, Done<TrueTime> done);

  /// One exchange, not the best of several. With many calls in flight its bound is
  /// wide: the time that it waits for others counts as the network's delay.
  std::future<ClockComparison> exchange_once(Timeout timeout);
  void exchange_once(Timeout timeout, Done<ClockComparison> done);

  /// As TimeClient::get_timestamps().
  std::future<TimestampRange> get_timestamps(std::int32_t count, Timeout timeout);
  void get_timestamps(std::int32_t count, Timeout timeout, Done<TimestampRange> done);

  /// As TimeClient::to_local(), in one call: at most MAX_BATCH items.
  std::future<std::vector<LocalTime>> to_local(std::vector<std::int64_t> instants_ns, std::string zone,
                                               std::string format, Timeout timeout);
  void to_local(std::vector<std::int64_t> instants_ns, std::string zone, std::string format, Timeout timeout,
                Done<std::vector<LocalTime>> done);

  /// As TimeClient::from_local(), in one call: at most MAX_BATCH items.
  std::future<std::vector<ResolvedTime>> from_local(std::vector<std::string> texts, std::string zone,
                                                    std::string format, Disambiguation::type policy,
                                                    Timeout timeout);
  void from_local(std::vector<std::string> texts, std::string zone, std::string format,
                  Disambiguation::type policy, Timeout timeout, Done<std::vector<ResolvedTime>> done);

  /// As TimeClient::zone_periods().
  std::future<std::vector<ZonePeriod>> zone_periods(std::string zone, std::int64_t from_ns,
                                                    std::int64_t until_ns, Timeout timeout);
  void zone_periods(std::string zone, std::int64_t from_ns, std::int64_t until_ns, Timeout timeout,
                    Done<std::vector<ZonePeriod>> done);

  /// As TimeClient::list_zones().
  std::future<std::vector<std::string>> list_zones(Timeout timeout);
  void list_zones(Timeout timeout, Done<std::vector<std::string>> done);

  /// As TimeClient::get_status().
  std::future<ServerStatus> get_status(Timeout timeout);
  void get_status(Timeout timeout, Done<ServerStatus> done);

 private:
  /// Also the thread's, which outlives a client that is destroyed in a callback.
  std::shared_ptr<AsyncEngine> engine_;
  std::thread thread_;
};

}  // namespace timeservice::client
