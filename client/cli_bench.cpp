#include "client/cli_bench.h"

#include <chrono>
#include <cstddef>
#include <exception>
#include <future>
#include <list>
#include <string>
#include <utility>

#include "client/async_time_client.h"
#include "client/cli_bench_report.h"
#include "client/cli_dialects.h"
#include "client/cli_options.h"

namespace timeservice::client {
namespace {

using Clock = std::chrono::steady_clock;

/// The server said that it could not, or would not, do the call.
bool is_answer(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const ServerError&) {
    return true;
  } catch (const DeclaredError&) {
    return true;
  } catch (const ClientError&) {
    return false;
  }
}

/// One connection and its calls. After start() all fields are the client's thread's,
/// until wait() has returned.
class BenchConnection {
 public:
  BenchConnection(const ClientOptions& options, int in_flight)
      : timeout_(options.receive_timeout),
        running_(in_flight),
        client_(options, static_cast<std::size_t>(in_flight)) {}

  /// Connects, and makes a first call, which is not counted.
  void warm_up() { client_.get_time(timeout_).get(); }
  void start(Clock::time_point end) {
    end_ = end;
    const int in_flight = running_;
    for (int begun = 0; begun < in_flight; ++begun) call();
  }
  void wait() { finished_.get_future().wait(); }

  const LatencyHistogram& latencies() const { return latencies_; }
  std::int64_t errors() const { return errors_; }
  std::int64_t lost() const { return lost_; }
  std::exception_ptr first_error() const { return first_error_; }

 private:
  void call() {
    client_.get_time(timeout_, [this, begun = Clock::now()](const Result<std::string>& result) {
      if (answered(begun, result)) return call();
      if (--running_ == 0) finished_.set_value();
    });
  }

  /// Whether another call is to follow.
  bool answered(Clock::time_point begun, const Result<std::string>& result) {
    if (!result.ok()) {
      if (errors_++ == 0) first_error_ = result.error();
      if (!is_answer(result.error())) ++lost_;
      return false;
    }
    const auto now = Clock::now();
    latencies_.record(now - begun);
    return now < end_;
  }

  const std::chrono::milliseconds timeout_;
  Clock::time_point end_;
  /// Calls in flight.
  int running_;
  LatencyHistogram latencies_;
  std::int64_t errors_ = 0;
  std::int64_t lost_ = 0;
  std::exception_ptr first_error_;
  std::promise<void> finished_;
  AsyncTimeClient client_;  // last: its thread must end before the others do
};

BenchReport measure(std::list<BenchConnection>& connections, const CliOptions& options) {
  for (BenchConnection& connection : connections) connection.warm_up();
  const auto begun = Clock::now();
  for (BenchConnection& connection : connections) connection.start(begun + options.seconds);
  for (BenchConnection& connection : connections) connection.wait();
  BenchReport report;
  report.took = Clock::now() - begun;
  report.connections = options.connections;
  report.in_flight = options.in_flight;
  for (const BenchConnection& connection : connections) {
    report.latencies.add(connection.latencies());
    report.errors += connection.errors();
    report.lost += connection.lost();
  }
  return report;
}

ExitCode tell_first_error(const std::list<BenchConnection>& connections) {
  for (const BenchConnection& connection : connections) {
    if (connection.errors() == 0) continue;
    try {
      std::rethrow_exception(connection.first_error());
    } catch (const ClientError& error) {
      print_error(error.what());
      return exit_code(error);
    }
  }
  return kDone;
}

}  // namespace

ExitCode run_bench(TimeClient&, const CliOptions& options) {
  const ClientOptions client = search_dialect(options.client);
  std::list<BenchConnection> connections;
  for (int made = 0; made < options.connections; ++made) connections.emplace_back(client, options.in_flight);
  const BenchReport report = measure(connections, options);
  print_line(options.output->bench(report));
  return tell_first_error(connections);
}

}  // namespace timeservice::client
