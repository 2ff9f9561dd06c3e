#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "client/async_call.h"
#include "client/async_call_table.h"
#include "client/async_connector.h"
#include "client/async_failure.h"
#include "client/async_link.h"
#include "client/client_options.h"

namespace timeservice::client {

/// What an AsyncTimeClient does, on a thread of its own: connects when there is a call
/// to make, numbers calls and matches their replies, and ends each call once.
///
/// submit() and stop() are for any thread; they only touch the queue, behind its lock,
/// and the count of calls. All else belongs to the thread in run(), so it needs no lock.
class AsyncEngine : private AsyncLinkOwner {
 public:
  using Clock = AsyncCall::Clock;

  /// Throws std::invalid_argument as check_options() does, and for a max_in_flight
  /// that is none.
  AsyncEngine(ClientOptions options, std::size_t max_in_flight);
  ~AsyncEngine() = default;

  /// Does all the work until stop(). Once.
  void run();

  /// Takes a call over. Throws TooManyInFlight, or CallCancelled after stop(): then the
  /// call is not told anything.
  void submit(std::unique_ptr<AsyncCall> call);
  /// All calls fail with CallCancelled, and run() returns.
  void stop();

 private:
  void take_calls();
  void begin(std::unique_ptr<AsyncCall> call, Clock::time_point now);
  void send(std::int32_t number);
  void connected(AsyncStream stream, std::size_t endpoint);
  void shut_down();

  void on_reply(const ReplyHead& head, apache::thrift::protocol::TProtocol& protocol) override;
  void on_end(const AsyncFailure& why) override;
  std::exception_ptr read_reply(const ReplyHead& head, apache::thrift::protocol::TProtocol& protocol);

  void watch();
  void on_timer();
  void end_overdue(Clock::time_point now);
  void end_stuck_link(Clock::time_point now);
  void close_link();

  void end(std::int32_t number, std::exception_ptr error);
  void fail(std::unique_ptr<AsyncCall> call, std::exception_ptr error);
  void fail_all(const AsyncFailure& why);
  AsyncPeer peer() const { return {options_.endpoints[endpoint_], options_}; }
  void next_endpoint() { endpoint_ = (endpoint_ + 1) % options_.endpoints.size(); }

  const ClientOptions options_;
  const std::size_t max_in_flight_;
  std::atomic<std::size_t> in_flight_ = 0;

  boost::asio::io_context io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;

  std::mutex mutex_;
  bool stopped_ = false;                           // behind mutex_
  std::vector<std::unique_ptr<AsyncCall>> queue_;  // behind mutex_

  // Only the thread in run():
  AsyncCallTable table_;
  /// Those in the table that are sent as soon as there is a connection.
  std::vector<std::int32_t> unsent_;
  AsyncConnector connector_;
  /// Where to connect next, or what link_ is connected to.
  std::size_t endpoint_ = 0;
  /// Null while not connected.
  std::shared_ptr<AsyncLink> link_;
  /// When the server began to owe a reply, after it had owed none.
  Clock::time_point owed_since_;
  boost::asio::steady_timer timer_;
  /// When the timer is due; the largest while it is not running.
  Clock::time_point due_ = Clock::time_point::max();
};

}  // namespace timeservice::client
