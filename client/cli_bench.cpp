#include "client/cli_bench.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <future>
#include <list>
#include <mutex>
#include <string>

#include "client/async_time_client.h"
#include "client/cli_bench_pauses.h"
#include "client/cli_bench_report.h"
#include "client/cli_dialects.h"
#include "client/cli_options.h"

namespace timeservice::client {
namespace {

using Clock = std::chrono::steady_clock;

/// Says why the first call failed, at once: to wait an hour for that would be a pity. Any thread.
class FirstError {
 public:
  void tell(const ClientError& error) {
    std::call_once(told_, [&] { print_error(error.what()); });
  }

 private:
  std::once_flag told_;
};

/// One connection and its calls. After start() all fields are the client's thread's,
/// until wait() has returned.
class BenchConnection {
 public:
  BenchConnection(const ClientOptions& options, int in_flight, FirstError& first_error)
      : timeout_(options.receive_timeout),
        running_(in_flight),
        first_error_(first_error),
        client_(options, static_cast<std::size_t>(in_flight)) {}

  /// Connects, and makes a first call, which is counted only where it failed. Whether the server
  /// is there.
  bool warm_up() {
    try {
      client_.get_time(timeout_).get();
    } catch (const ClientError&) {
      count_failure(std::current_exception());
    }
    return lost_.all() == 0;
  }

  void start(BenchPauses& pauses) {
    pauses_ = &pauses;
    const int in_flight = running_;
    for (int begun = 0; begun < in_flight; ++begun) call();
  }
  void wait() { finished_.get_future().wait(); }

  void add_to(BenchReport& report) const {
    report.latencies.add(latencies_);
    report.errors += errors_;
    report.lost.add(lost_);
    report.shed += shed_;
  }

 private:
  // Also on the thread of the pauses.
  void call() {
    client_.get_time(timeout_, [this, begun = Clock::now()](const Result<std::string>& result) {
      if (!go_on(begun, result) && --running_ == 0) finished_.set_value();
    });
  }

  /// Whether this one is followed by another.
  bool go_on(Clock::time_point begun, const Result<std::string>& result) {
    if (!result.ok()) {
      count_failure(result.error());
      return pauses_->rest([this] { call(); });
    }
    const auto now = Clock::now();
    latencies_.record(now - begun);
    if (now >= pauses_->end()) return false;
    call();
    return true;
  }

  /// Where to count it; null for an answer.
  std::int64_t* loss_of(const ClientError& error) {
    if (dynamic_cast<const ServerError*>(&error) != nullptr) return nullptr;
    if (dynamic_cast<const DeclaredError*>(&error) != nullptr) return nullptr;
    if (dynamic_cast<const ConnectError*>(&error) != nullptr) return &lost_.not_connected;
    if (dynamic_cast<const TimeoutError*>(&error) != nullptr) return &lost_.timed_out;
    return &lost_.connection_lost;
  }

  void count_failure(const std::exception_ptr& failure) {
    try {
      std::rethrow_exception(failure);
    } catch (const Overloaded&) {
      ++shed_;
    } catch (const ClientError& error) {
      if (std::int64_t* const lost = loss_of(error)) ++*lost;
      ++errors_;
      first_error_.tell(error);
    }
  }

  const std::chrono::milliseconds timeout_;
  BenchPauses* pauses_ = nullptr;
  /// Calls in flight, or put off.
  int running_;
  LatencyHistogram latencies_;
  std::int64_t errors_ = 0;
  BenchLosses lost_;
  std::int64_t shed_ = 0;
  FirstError& first_error_;
  std::promise<void> finished_;
  AsyncTimeClient client_;  // last: its thread must end before the others do
};

/// So that connecting is no part of what is measured. Where one fails the others may take as
/// long to fail: they connect in their first calls.
void warm_up(std::list<BenchConnection>& connections) {
  for (BenchConnection& connection : connections) {
    if (!connection.warm_up()) return;
  }
}

BenchReport measure(std::list<BenchConnection>& connections, const CliOptions& options) {
  const auto begun = Clock::now();
  BenchPauses pauses(begun + options.seconds);
  for (BenchConnection& connection : connections) connection.start(pauses);
  pauses.run();
  for (BenchConnection& connection : connections) connection.wait();
  BenchReport report;
  report.took = Clock::now() - begun;
  report.connections = options.connections;
  report.in_flight = options.in_flight;
  for (const BenchConnection& connection : connections) connection.add_to(report);
  return report;
}

}  // namespace

ExitCode run_bench(TimeClient&, const CliOptions& options) {
  const ClientOptions client = search_dialect(options.client);
  FirstError first_error;
  std::list<BenchConnection> connections;
  for (int made = 0; made < options.connections; ++made)
    connections.emplace_back(client, options.in_flight, first_error);
  warm_up(connections);
  const BenchReport report = measure(connections, options);
  print_line(options.output->bench(report));
  return report.errors > 0 || report.latencies.count() == 0 ? kFailed : kDone;
}

}  // namespace timeservice::client
