#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include <spdlog/logger.h>

#include "server/host/access_log.h"
#include "server/host/admission.h"
#include "server/host/call_counters.h"
#include "server/host/call_runner.h"
#include "server/host/connection.h"
#include "server/host/counters.h"
#include "server/host/duration_histogram.h"
#include "server/host/host_options.h"
#include "server/host/wait_clock.h"
#include "wire/detect.h"
#include "wire/message_cutter.h"
#include "wire/spare_memory.h"

namespace timeservice::host {

/// What all calls of a host go through, in every mode: who is let in, what memory is left for
/// large ones, and what is written down. Any thread.
class CallParts {
 public:
  /// What is kept at most of the memory of large calls that are done with, in bytes: a call and a
  /// reply of the largest size that is allowed by default fit.
  static constexpr std::size_t kMostSpareBytes = 5 * 512 * 1024;

  /// All of these outlive it.
  CallParts(const HostOptions& options, Counters& counters, spdlog::logger& log);

  Admission admission;
  wire::SpareMemory spare{kMostSpareBytes};
  WaitClock waits;
  /// How long calls waited, while they are measured.
  DurationHistogram queue;
  Counters& counters;
  spdlog::logger& log;
  const bool measured;
  const bool logged;
  const bool limited;
  const bool may_be_late;
  /// Whether it matters when calls arrive.
  const bool timed;
  /// Whether a call is more than run.
  const bool watched;
  /// The usual case of that: no call is shed and none is logged.
  const bool only_measured;
};

/// When some calls arrived, by the monotonic clock; zero, and never looked at, where nobody
/// wants to know.
struct CallTimes {
  std::chrono::nanoseconds arrived_at{0};
  std::chrono::nanoseconds read_at{0};
};

/// A call that has arrived whole, and who is to run it.
struct Call {
  CallRunner& runner;
  const wire::Message& message;
  wire::Dialect dialect;
  /// Whether its reply is to go behind its length.
  bool framed;
};

/// Some calls of one connection, from their bytes to their replies: runs each or sheds it,
/// and writes down what became of it and how long that took. Lives on the stack of the
/// thread that runs them; a thread has one at a time.
class CallTurn {
 public:
  /// They could run from `now` on; `has_place`: they were admitted when they began to wait for this thread.
  CallTurn(CallParts& parts, Connection& connection, const CallTimes& times, std::chrono::nanoseconds now,
           bool has_place)
      : parts_(parts), connection_(connection), times_(times), now_(now), has_place_(has_place) {
    if (parts_.measured) begin();
  }
  ~CallTurn() {
    if (parts_.watched) end();
  }
  CallTurn(const CallTurn&) = delete;
  CallTurn& operator=(const CallTurn&) = delete;

  /// Runs the call or sheds it, and appends its reply to the runner's. False: it is no call,
  /// as CallRunner::run().
  bool run(const Call& call) {
    if (!parts_.watched) return run_plain(call);
    if (!parts_.only_measured) return run_watched(call);
    ++waited_;
    if (!run_plain(call)) return false;
    if (call.runner.declared_exception()) [[unlikely]]
      CallCounters::count_declared();
    return true;
  }
  /// The call is not run: max_in_flight. False as above.
  bool shed(const Call& call);

  /// The replies so far have been sent, as far as the socket takes them. Returns the time, by the
  /// monotonic clock, where it matters.
  std::chrono::nanoseconds sent() {
    if (parts_.watched) note_sent();
    return now_;
  }

 private:
  bool run_plain(const Call& call) {
    const bool ran = call.runner.run(call.message.payload, call.framed);
    if (ran && call.runner.outcome() != CallOutcome::kReply) [[unlikely]]
      look_at(call.runner.outcome());
    return ran;
  }
  void look_at(CallOutcome outcome);
  bool run_watched(const Call& call);
  bool shed(const Call& call, Shed why);
  bool run_admitted(const Call& call);
  void note(const Call& call, std::string_view outcome, std::size_t bytes_out);
  void begin();
  void note_sent();
  void end() noexcept;

  CallParts& parts_;
  Connection& connection_;
  const CallTimes times_;
  std::chrono::nanoseconds now_;
  const bool has_place_;
  /// Calls that waited until now_, and are not in the histogram yet.
  std::uint64_t waited_ = 0;
  /// Lines of the access log that wait for their calls' replies to be sent.
  std::vector<AccessLine> lines_;
};

}  // namespace timeservice::host
