#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "client/latency_histogram.h"

namespace timeservice::client {

/// Calls that the server gave no answer to, by what became of them. Plain data.
struct BenchLosses {
  /// There was no connection to send them on: no server has run any of these.
  std::int64_t not_connected = 0;
  /// They were in flight when their connection ended, or something came that was no reply.
  std::int64_t connection_lost = 0;
  std::int64_t timed_out = 0;

  std::int64_t all() const { return not_connected + connection_lost + timed_out; }
  void add(const BenchLosses& others);
};

/// What `bench` has measured. Plain data.
struct BenchReport {
  int connections = 0;
  /// On each connection.
  int in_flight = 0;
  std::chrono::nanoseconds took{0};
  std::int64_t errors = 0;
  /// Of these.
  BenchLosses lost = {};
  /// Beside these, calls that an overloaded server did not run.
  std::int64_t shed = 0;
  /// Of the calls that were run and answered, which are as many.
  LatencyHistogram latencies = {};

  double calls_per_second() const;
};

/// For the table of output formats.
std::string bench_text(const BenchReport& report);
std::string bench_json(const BenchReport& report);

}  // namespace timeservice::client
