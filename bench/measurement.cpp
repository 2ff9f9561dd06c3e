#include "bench/measurement.h"

#include <array>

#include "bench/canned_calls.h"
#include "bench/load_socket.h"
#include "bench/timestamp_calls.h"

namespace timeservice::bench {
namespace {

double us(std::chrono::nanoseconds time) { return std::chrono::duration<double, std::micro>(time).count(); }

double seconds(std::chrono::milliseconds time) { return std::chrono::duration<double>(time).count(); }

Round round_of(const LoadResult& result) {
  const LatencyHistogram& latencies = result.latencies;
  return {.calls_per_second = result.calls_per_second(),
          .p50_us = us(latencies.percentile(0.5)),
          .p99_us = us(latencies.percentile(0.99)),
          .p999_us = us(latencies.percentile(0.999)),
          .max_us = us(latencies.max()),
          .calls = result.calls};
}

std::unique_ptr<MeasuredCalls> make_calls(const Contestant& contestant) {
  if (contestant.timestamps == 0) return std::make_unique<CannedCalls>(contestant.dialect);
  return std::make_unique<TimestampCalls>(contestant.dialect, contestant.timestamps);
}

}  // namespace

Round measure_running(const wire::Endpoint& endpoint, const MeasuredCalls& calls, const Load& load,
                      const ChildServer* child) {
  std::array<ProcessUse, 2> use;  // when the window began, and ended
  std::size_t at = 0;
  const LoadResult result = run_load(endpoint, calls, load, [&] {
    if (child != nullptr) use.at(at++) = child->use();
  });
  Round round = round_of(result);
  if (result.latencies.count() == 0) throw LoadError("no call began in the window: measure for longer");
  if (child != nullptr) {
    round.user_seconds = seconds(use[1].user - use[0].user);
    round.system_seconds = seconds(use[1].system - use[0].system);
    round.peak_bytes = static_cast<double>(child->peak_bytes());
  }
  return round;
}

Round measure(const Contestant& contestant, const Load& load, std::optional<int> core) {
  try {
    const auto calls = make_calls(contestant);
    ChildServer server(contestant.command, core);
    Round round = measure_running(server.endpoint(), *calls, load, &server);
    server.stop();
    return round;
  } catch (const std::exception& error) {
    return {.error = error.what()};
  }
}

}  // namespace timeservice::bench
