#include "server/host/reactor/turn_watch.h"

#include <sys/resource.h>

#include <ctime>

#include "server/host/monotonic.h"

namespace timeservice::host {
namespace {

using std::chrono::microseconds;
using std::chrono::nanoseconds;

/// Shorter ones are of locks as much as of anything that a worker had better wait for.
constexpr microseconds kSlowWait{500};
/// A worker computes no faster; but others need not wait until it has.
constexpr microseconds kSlowComputation{1000};

}  // namespace

TurnWatch::TurnWatch() : began_(precise_now()), usage_(usage()) {}

TurnWatch::Usage TurnWatch::usage() {
  rusage used{};
  ::getrusage(RUSAGE_THREAD, &used);
  timespec computed{};  // what getrusage says of that is as old as the last tick
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &computed);
  return {.computed = std::chrono::seconds(computed.tv_sec) + nanoseconds(computed.tv_nsec),
          .waits = used.ru_nvcsw};
}

std::optional<nanoseconds> TurnWatch::slow(std::uint64_t calls) const {
  const nanoseconds took = precise_now() - began_;
  if (calls == 0 || took < kSlowWait) return std::nullopt;
  const Usage now = usage();
  const nanoseconds computed = now.computed - usage_.computed;
  const bool waited = now.waits > usage_.waits && took - computed >= kSlowWait;
  if (!waited && computed < kSlowComputation * calls) return std::nullopt;
  return took;
}

}  // namespace timeservice::host
