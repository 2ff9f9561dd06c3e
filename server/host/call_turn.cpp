#include "server/host/call_turn.h"

#include <utility>

#include "server/host/call_counters.h"
#include "server/host/monotonic.h"

namespace timeservice::host {
namespace {

std::string_view name_of(CallOutcome outcome) {
  switch (outcome) {
    case CallOutcome::kReply:
      return "reply";
    case CallOutcome::kOneway:
      return "oneway";
    case CallOutcome::kException:
      return "exception";
    case CallOutcome::kArguments:
      return "arguments";
    case CallOutcome::kUnknownMethod:
      return "unknown_method";
  }
  return "reply";
}

}  // namespace

CallParts::CallParts(const HostOptions& options, Counters& counted, spdlog::logger& logger)
    : admission(options, counted),
      counters(counted),
      log(logger),
      measured(options.measure_calls),
      logged(logger.should_log(spdlog::level::debug)),
      limited(options.max_in_flight > 0),
      may_be_late(options.queue_timeout > std::chrono::milliseconds::zero()),
      timed(measured || logged || may_be_late),
      watched(timed || limited),
      only_measured(measured && !logged && !limited && !may_be_late) {}

void CallTurn::look_at(CallOutcome outcome) {
  if (outcome == CallOutcome::kUnknownMethod) {
    parts_.counters.calls_unknown_method.fetch_add(1, std::memory_order_relaxed);
  }
  // A oneway call's too: its client hears nothing.
  if (const auto thrown = CallCounters::take_thrown()) connection_.log_thrown(thrown->method, thrown->what);
}

bool CallTurn::run_watched(const Call& call) {
  ++waited_;
  if (parts_.may_be_late && parts_.admission.waited_too_long(now_ - times_.arrived_at)) {
    return shed(call, Shed::kQueueTimeout);
  }
  if (has_place_ || !parts_.limited) return run_admitted(call);
  const auto place = parts_.admission.enter();
  return place ? run_admitted(call) : shed(call, Shed::kInFlight);
}

bool CallTurn::run_admitted(const Call& call) {
  const std::size_t before = parts_.logged ? call.runner.replies().size() : 0;
  if (!run_plain(call)) return false;
  const bool declared = (parts_.measured || parts_.logged) && call.runner.declared_exception();
  if (declared && parts_.measured) CallCounters::count_declared();
  if (parts_.logged) {
    note(call, declared ? "declared" : name_of(call.runner.outcome()), call.runner.replies().size() - before);
  }
  return true;
}

bool CallTurn::shed(const Call& call) {
  ++waited_;
  if (!shed(call, Shed::kInFlight)) return false;
  parts_.admission.count_in_flight();
  return true;
}

bool CallTurn::shed(const Call& call, Shed why) {
  const std::size_t before = parts_.logged ? call.runner.replies().size() : 0;
  if (!call.runner.shed(call.message.payload, call.framed, parts_.admission.text(why))) return false;
  if (parts_.logged) {
    note(call, why == Shed::kQueueTimeout ? "queue_timeout" : "in_flight",
         call.runner.replies().size() - before);
  }
  return true;
}

void CallTurn::note(const Call& call, std::string_view outcome, std::size_t bytes_out) {
  // A length that a mode's server puts before the reply is sent all the same.
  const bool is_framed_later = call.dialect.transport == wire::Transport::kFramed && !call.framed;
  if (is_framed_later && bytes_out > 0) bytes_out += wire::kFrameHeadBytes;
  lines_.push_back({.peer = connection_.peer(),
                    .method = call.runner.method_of(call.message.payload),
                    .outcome = outcome,
                    .waited = now_ - times_.arrived_at,
                    .took = {},
                    .bytes_in = call.message.consumed,
                    .bytes_out = bytes_out,
                    .dialect = call.dialect});
}

void CallTurn::begin() { CallCounters::begin_turn(times_.read_at); }

void CallTurn::note_sent() {
  if (!parts_.timed) return;
  const std::uint64_t waited = std::exchange(waited_, 0);
  if (parts_.measured && waited > 0) parts_.queue.add(now_ - times_.arrived_at, waited);
  now_ = precise_now();
  if (parts_.measured) CallCounters::flush_turn(now_);
  for (AccessLine& line : lines_) {
    line.took = now_ - times_.read_at;
    log_access(parts_.log, line);
  }
  lines_.clear();
}

// Also of calls whose replies cannot be sent any more.
void CallTurn::end() noexcept {
  try {
    if (waited_ > 0) note_sent();
  } catch (...) {  // out of memory, most likely: no time for a line in the log
  }
  if (parts_.measured) CallCounters::end_turn();
}

}  // namespace timeservice::host
