#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "TimeService.h"
#include "client/client_error.h"
#include "client/service_caller.h"
#include "test/oracle/order_checker.h"
#include "test/oracle/recorded_calls.h"
#include "wire/endpoint.h"

// timestamp_recorder ENDPOINT THREADS MAX_COUNT FILE
//
// Calls get_timestamps from many threads, each with a connection of its own, while the
// server comes and goes, until standard input ends. Then writes the calls that were answered into
// FILE. Meanwhile each line on standard output tells how many there are so far, and how many the
// server refused.

namespace {

using namespace std::chrono_literals;
using timeservice::OracleUnavailable;
using timeservice::TimeServiceClient;
using timeservice::TimestampRange;
using timeservice::test::RecordedCall;

std::atomic<bool> ended = false;
std::atomic<std::uint64_t> answered = 0;
std::atomic<std::uint64_t> refused = 0;

/// The clock that all threads and all recorders of this machine share.
std::int64_t monotonic_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

std::vector<RecordedCall> record(const timeservice::client::ClientOptions& options, std::int32_t max_count) {
  timeservice::client::ServiceCaller caller(options);
  std::vector<RecordedCall> calls;
  for (std::int32_t i = 0; !ended; ++i) {
    // Mostly one, so that there are many calls; the others of all sizes.
    const std::int32_t count =
        i % 4 != 0 ? 1 : 1 + static_cast<std::int32_t>((std::int64_t{i} * 7919) % max_count);
    try {
      RecordedCall call;
      TimestampRange range;
      call.invoked_ns = monotonic_ns();
      caller.call([&](const auto& protocol) { TimeServiceClient(protocol).get_timestamps(range, count); });
      call.returned_ns = monotonic_ns();
      call.first = range.first;
      call.count = range.count;
      calls.push_back(call);
      ++answered;
    } catch (const OracleUnavailable&) {
      ++refused;
      std::this_thread::sleep_for(1ms);
    } catch (const timeservice::client::ClientError&) {
      // It is being restarted.
      std::this_thread::sleep_for(1ms);
    }
  }
  return calls;
}

bool standard_input_ended() {
  pollfd input{STDIN_FILENO, POLLIN, 0};
  return ::poll(&input, 1, 5) > 0;
}

int run(char** arguments) {
  timeservice::client::ClientOptions options;
  options.endpoints = {timeservice::wire::parse_endpoint(arguments[1])};
  options.retry.retries = 0;
  const int threads = std::atoi(arguments[2]);
  const std::int32_t max_count = std::atoi(arguments[3]);
  std::vector<std::vector<RecordedCall>> results(static_cast<std::size_t>(threads));
  std::vector<std::thread> running;
  for (auto& result : results) running.emplace_back([&] { result = record(options, max_count); });

  std::string told;
  while (!standard_input_ended()) {
    const std::string now = fmt::format("{} {}\n", answered.load(), refused.load());
    if (now == told) continue;
    told = now;
    std::fputs(now.c_str(), stdout);
    std::fflush(stdout);
  }
  ended = true;
  for (std::thread& thread : running) thread.join();
  std::ofstream file(arguments[4]);
  for (const auto& result : results) {
    for (const RecordedCall& call : result) file << timeservice::test::line_of(call);
  }
  return file.flush() ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    fmt::print(stderr, "usage: timestamp_recorder ENDPOINT THREADS MAX_COUNT FILE\n");
    return 2;
  }
  try {
    return run(argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "timestamp_recorder: {}\n", error.what());
    return EXIT_FAILURE;
  }
}
