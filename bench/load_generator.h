#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>

#include "bench/measured_calls.h"
#include "client/latency_histogram.h"
#include "wire/endpoint.h"

namespace timeservice::bench {

using client::LatencyHistogram;

/// What to ask of a server.
struct Load {
  std::size_t connections = 16;
  /// Closed loop: so many calls are outstanding on each connection at all times.
  std::size_t depth = 1;
  /// Calls each second, over all connections, whatever the server does (open loop);
  /// 0: closed loop.
  double rate = 0;
  /// Goes before the window, and counts for nothing.
  std::chrono::nanoseconds warm_up = std::chrono::milliseconds(300);
  /// Longer where no reply came in it.
  std::chrono::nanoseconds window = std::chrono::seconds(1);
  /// A server that answers nothing for so long is given up.
  std::chrono::milliseconds patience = std::chrono::seconds(10);
};

/// What a server did in the window.
struct LoadResult {
  /// Replies that came.
  std::uint64_t calls = 0;
  std::chrono::nanoseconds elapsed{};
  /// Closed loop: of these replies. Open loop: of the calls that were to begin in the
  /// window, each from when it was to begin, so that calls which a stalled server
  /// keeps from being sent or answered count for as long as they are late.
  LatencyHistogram latencies;

  double calls_per_second() const;
};

/// Called when the window begins and when it ends, to read the server's clocks.
using AtWindow = std::function<void()>;

/// Loads the server at `endpoint`, on the calling thread. Every call is answered when
/// it returns. Throws LoadError and WrongReply: the figures would be void.
LoadResult run_load(const wire::Endpoint& endpoint, const MeasuredCalls& calls, const Load& load,
                    const AtWindow& at_window);

}  // namespace timeservice::bench
