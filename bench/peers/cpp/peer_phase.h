#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "bench/peers/cpp/peer_loop.h"

namespace timeservice::peers {

/// One thread of a client, with the calls that it has under way.
struct Worker {
  /// How many at once.
  std::size_t calls_at_a_time;
  std::function<void(const Limit& limit, Tally& tally)> run;
};

/// They keep what they are given; `workload` outlives them.
Worker worker_of(std::unique_ptr<Connection> connection, const Workload& workload);
Worker worker_of(std::unique_ptr<Window> window, std::size_t size, const Workload& workload);

/// What the workers came to together.
struct Phase {
  Tally tally = {};
  /// From the start to the last reply.
  Clock::duration elapsed{};
  /// Of the whole process, meanwhile.
  std::chrono::duration<double> processor_time{};
};

/// Runs the workers at once, each in a thread, or a single one in this thread: for `calls`
/// in all or, if that is 0, for a time.
Phase run_phase(const std::vector<Worker>& workers, std::size_t calls, Clock::duration duration);

}  // namespace timeservice::peers
