#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include <thrift/TProcessor.h>

#include "server/host/acceptor.h"
#include "server/host/call_turn.h"
#include "server/host/connections.h"
#include "server/host/host_options.h"

namespace timeservice::host {

/// What a mode is made from. All of it outlives the mode.
struct ModeParts {
  const HostOptions& options;
  std::shared_ptr<apache::thrift::TProcessor> processor;
  Acceptor& acceptor;
  Connections& connections;
  CallParts& calls;
};

/// A way to serve connections.
class Mode {
 public:
  virtual ~Mode() = default;
  /// Serves until stop(); returns when no thread of the mode runs any more.
  virtual void serve() = 0;
  /// Any thread. Called when no connection is open any more, or all were aborted, and again until serve()
  /// returns: one that comes before serve() has begun may do nothing.
  virtual void stop() = 0;
  /// Any thread. Whether it has event loops which hand calls to workers now.
  virtual bool workers_run_calls() const { return false; }
};

struct ModeRow {
  std::string_view name;
  std::string_view help;
  bool carries_buffered;
  /// Whether it can honour HostOptions::threads, io_threads, max_in_flight.
  bool takes_threads;
  bool takes_io_threads;
  bool takes_max_in_flight;
  std::unique_ptr<Mode> (*make)(const ModeParts& parts);
};

std::unique_ptr<Mode> make_simple(const ModeParts& parts);
std::unique_ptr<Mode> make_threaded(const ModeParts& parts);
std::unique_ptr<Mode> make_threadpool(const ModeParts& parts);
std::unique_ptr<Mode> make_nonblocking(const ModeParts& parts);
std::unique_ptr<Mode> make_reactor(const ModeParts& parts);

/// THE table of modes. It feeds --help, validation and the tests. Each carries
/// framed clients of every protocol.
inline constexpr auto kModes = std::to_array<ModeRow>({
    {"simple", "one call at a time, on one thread (TSimpleServer); for debugging", true, false, false, false,
     &make_simple},
    {"threaded", "a thread for each connection (TThreadedServer); few, busy clients", true, false, false,
     true, &make_threaded},
    {"threadpool", "a fixed pool of threads (TThreadPoolServer); handlers that block", true, true, false,
     true, &make_threadpool},
    {"nonblocking", "event loops (TNonblockingServer); framed clients only", false, true, true, true,
     &make_nonblocking},
    {"reactor", "event loops of our own (Boost.Asio); many clients, pipelined calls", true, true, true, true,
     &make_reactor},
});

/// The modes for which `can` holds, to be named in advice: "--mode a", or "one of
/// the modes a, b".
template <typename Predicate>
std::string modes_that(Predicate can) {
  std::string names;
  bool several = false;
  for (const ModeRow& row : kModes) {
    if (!can(row)) continue;
    several = !names.empty();
    if (several) names += ", ";
    names += row.name;
  }
  return (several ? "one of the modes " : "--mode ") + names;
}

/// The row that the options name. Throws UsageError where there is none, or where
/// the mode cannot honour another of the options; it names the fix.
const ModeRow& mode_for(const HostOptions& options);

/// For event loops that run all calls themselves: a line of warning where so many can never have
/// max_in_flight at once. How many there are is often the machine's affair.
void warn_of_limit_beyond(std::size_t loops, const ModeParts& parts);

/// The transport that clients may speak, given what the mode carries: kAuto, any.
wire::Transport transport_taken(const HostOptions& options);

}  // namespace timeservice::host
