#include "bench/peers/cpp/peer_phase.h"

#include <algorithm>
#include <barrier>
#include <thread>
#include <utility>

#include <time.h>

namespace timeservice::peers {
namespace {

std::chrono::duration<double> processor_time() {
  timespec spent{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
  return std::chrono::seconds(spent.tv_sec) + std::chrono::nanoseconds(spent.tv_nsec);
}

/// The first workers make the calls that are left over.
std::vector<Limit> share(std::size_t calls, Clock::duration duration, std::size_t workers) {
  std::vector<Limit> limits;
  for (std::size_t index = 0; index < workers; ++index) {
    const std::size_t part = calls / workers + (index < calls % workers ? 1 : 0);
    limits.emplace_back(part, calls > 0 ? Clock::duration::zero() : duration);
  }
  return limits;
}

}  // namespace

Worker worker_of(std::unique_ptr<Connection> connection, const Workload& workload) {
  return {1, [link = std::shared_ptr(std::move(connection)), &workload](const Limit& limit, Tally& tally) {
            one_at_a_time(*link, workload, limit, tally);
          }};
}

Worker worker_of(std::unique_ptr<Window> window, std::size_t size, const Workload& workload) {
  return {size, [calls = std::shared_ptr(std::move(window)), size, &workload](
                    const Limit& limit, Tally& tally) { in_a_window(*calls, size, workload, limit, tally); }};
}

Phase run_phase(const std::vector<Worker>& workers, std::size_t calls, Clock::duration duration) {
  std::vector<Limit> limits = share(calls, duration, workers.size());
  std::vector<Tally> tallies(workers.size());
  Clock::time_point begun;
  std::chrono::duration<double> spent_before{};
  std::barrier start(static_cast<std::ptrdiff_t>(workers.size()), [&]() noexcept {
    begun = Clock::now();
    spent_before = processor_time();
    for (Limit& limit : limits) limit.begin(begun);
  });
  const auto work = [&](std::size_t index) {
    start.arrive_and_wait();
    workers[index].run(limits[index], tallies[index]);
  };
  {
    std::vector<std::jthread> threads;
    for (std::size_t index = 1; index < workers.size(); ++index) threads.emplace_back(work, index);
    work(0);
  }

  Phase phase;
  phase.processor_time = processor_time() - spent_before;
  for (const Tally& tally : tallies) phase.tally.add(tally);
  phase.elapsed = std::max(Clock::duration::zero(), phase.tally.last_reply - begun);
  return phase;
}

}  // namespace timeservice::peers
