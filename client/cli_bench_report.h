#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "client/latency_histogram.h"

namespace timeservice::client {

/// What `bench` has measured. Plain data.
struct BenchReport {
  int connections = 0;
  /// On each connection.
  int in_flight = 0;
  std::chrono::nanoseconds took{0};
  std::int64_t errors = 0;
  /// Of these, calls that the server gave no answer to.
  std::int64_t lost = 0;
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
