#include "server/host/reactor/reactor_calls.h"

#include <algorithm>
#include <string>
#include <utility>
#include <variant>

#include "server/host/monotonic.h"

namespace timeservice::host {
namespace {

/// How long one connection's calls may keep a thread while others wait, by the coarse
/// clock. More than a full buffer of quick calls takes, so it bounds those that are slow.
constexpr std::chrono::milliseconds kTurn{4};

/// A part of the replies that is worth more than a copy.
constexpr std::size_t kLargePart = 16 * 1024;

/// Some calls of one connection, which have a thread to themselves for a while.
class Turn {
 public:
  Turn(Connection& connection, CallRunners& runners) : connection_(connection), runners_(runners) {}
  // The runners go on to other connections, also after an exception: none may be
  // given a reply that was meant for this one.
  ~Turn() {
    count();
    runners_.clear_replies();
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  void begin_call() { ++calls_; }
  std::uint64_t calls() const { return calls_; }
  /// Whether others should have their turn now.
  bool over() const { return coarse_now() - began_ >= kTurn; }
  /// Before their replies go out.
  void count() { connection_.count_messages(calls_ - std::exchange(counted_, calls_)); }

 private:
  Connection& connection_;
  CallRunners& runners_;
  const std::chrono::milliseconds began_ = coarse_now();
  std::uint64_t calls_ = 0;
  std::uint64_t counted_ = 0;
};

}  // namespace

ReactorCalls::ReactorCalls(Connection& connection, const ReactorParts& parts)
    : connection_(connection),
      parts_(parts),
      stream_(parts.options.protocol, parts.options.transport, parts.options.limits),
      unsent_(&parts.calls.spare) {}

ReactorCalls::Progress ReactorCalls::run(std::span<const std::uint8_t> bytes, CallRunners& runners,
                                         bool gather, std::chrono::nanoseconds now) {
  Turn turn(connection_, runners);
  CallTurn calls(parts_.calls, connection_, times_, now, !gather);
  CallRunner* runner = nullptr;
  wire::Dialect dialect{};
  std::size_t consumed = 0;
  std::chrono::nanoseconds sent_at{0};
  bool over = false;
  for (;;) {
    const auto cut = stream_.next(bytes.subspan(consumed));
    if (const auto* error = std::get_if<wire::WireError>(&cut)) {
      return refuse(*error, bytes, consumed, runners);
    }
    const auto* message = std::get_if<wire::Message>(&cut);
    if (message != nullptr) {
      if (runner == nullptr) {
        dialect = *stream_.dialect();
        runner = &runners.of(dialect.protocol);
        connection_.enter(Connection::Phase::kCalling);
      }
      turn.begin_call();
      if (!calls.run(
              {.runner = *runner, .message = *message, .dialect = dialect, .framed = stream_.framed()})) {
        return refuse(wire::WireError::kMalformed, bytes, consumed, runners);
      }
      consumed += message->consumed;
      over = turn.over();
      if (gather && !over && runner->replies().size() < parts_.options.max_unsent_bytes) continue;
    } else if (runner == nullptr) {
      break;  // nothing was run
    }
    turn.count();
    if (!flush(*runner)) return {Next::kClose, consumed, sent_at, turn.calls()};
    sent_at = calls.sent();
    if (has_unsent()) return {Next::kSend, consumed, sent_at, turn.calls()};
    if (message == nullptr) break;
    if (over) return {Next::kRun, consumed, sent_at, turn.calls()};
  }
  return {await_bytes(runner != nullptr, consumed < bytes.size()), consumed, sent_at, turn.calls()};
}

ReactorCalls::Progress ReactorCalls::shed(std::span<const std::uint8_t> bytes, CallRunners& runners,
                                          std::chrono::nanoseconds now) {
  Turn turn(connection_, runners);
  CallTurn calls(parts_.calls, connection_, times_, now, false);
  CallRunner* runner = nullptr;
  std::size_t consumed = 0;
  Next next = Next::kRun;
  do {
    const auto cut = stream_.next(bytes.subspan(consumed));
    if (const auto* error = std::get_if<wire::WireError>(&cut)) {
      return refuse(*error, bytes, consumed, runners);
    }
    const auto* message = std::get_if<wire::Message>(&cut);
    if (message == nullptr) {
      next = await_bytes(runner != nullptr, consumed < bytes.size());
      break;
    }
    if (auto place = parts_.calls.admission.queue()) {
      place_ = std::move(*place);
      connection_.enter(Connection::Phase::kCalling);
      next = Next::kWork;
      break;
    }
    const Call call = call_of(*message, runners);
    runner = &call.runner;
    turn.begin_call();
    if (!calls.shed(call)) return refuse(wire::WireError::kMalformed, bytes, consumed, runners);
    consumed += message->consumed;
  } while (!turn.over() && runner->replies().size() < parts_.options.max_unsent_bytes);
  if (runner == nullptr) return {next, consumed};
  turn.count();
  if (!flush(*runner)) return {Next::kClose, consumed};
  const auto sent_at = calls.sent();
  if (!has_unsent()) return {next, consumed, sent_at};
  place_.leave();
  return {Next::kSend, consumed, sent_at};
}

Call ReactorCalls::call_of(const wire::Message& message, CallRunners& runners) {
  const wire::Dialect dialect = *stream_.dialect();
  return {.runner = runners.of(dialect.protocol),
          .message = message,
          .dialect = dialect,
          .framed = stream_.framed()};
}

// A client that speaks Thrift is told in Thrift why it is refused, as far as its
// message's head has arrived. The socket is then closed only after the client has
// left: closing with bytes unread would take the reply back.
ReactorCalls::Progress ReactorCalls::refuse(wire::WireError error, std::span<const std::uint8_t> bytes,
                                            std::size_t consumed, CallRunners& runners) {
  const std::string why = connection_.refuse(error);
  const auto dialect = stream_.dialect();
  if (!dialect) return {Next::kClose, bytes.size()};
  CallRunner& runner = runners.of(dialect->protocol);
  runner.refuse(stream_.payload_of(bytes.subspan(consumed)), stream_.framed(), why);
  if (runner.replies().empty() || !flush(runner)) return {Next::kClose, bytes.size()};
  leaving_ = true;
  return {has_unsent() ? Next::kSend : Next::kLeave, bytes.size()};
}

// A message's time is stamped at its first byte: a client that sends a byte now and
// then gains none.
Next ReactorCalls::await_bytes(bool ran, bool rest) {
  using Phase = Connection::Phase;
  if (!rest) {
    connection_.enter(Phase::kIdle);
  } else if (ran || connection_.phase() != Phase::kReading) {
    connection_.enter(Phase::kReading);
  }
  return Next::kReceive;
}

bool ReactorCalls::flush(CallRunner& runner) {
  const auto replies = runner.replies();
  if (replies.empty()) return true;
  const auto sent = connection_.try_send(replies);
  if (!sent) return false;
  if (*sent < replies.size()) {
    keep_unsent(runner, *sent);
    connection_.enter(Connection::Phase::kWriting);
  }
  runner.clear_replies();
  return true;
}

void ReactorCalls::keep_unsent(CallRunner& runner, std::size_t sent) {
  const std::size_t end = runner.replies().size();
  const std::size_t rest_bytes = end - sent;
  // Of its memory half is needed at least: a client that takes nothing more could keep the rest.
  if (rest_bytes >= std::max(kLargePart, runner.replies_capacity() / 2)) {
    return unsent_.adopt(runner.take_replies(), sent, end);
  }
  const auto rest = runner.replies().subspan(sent);
  std::copy(rest.begin(), rest.end(), unsent_.room(rest_bytes).begin());
  unsent_.filled(rest_bytes);
}

Next ReactorCalls::send_rest() {
  const auto sent = connection_.try_send(unsent_.bytes());
  if (!sent) return Next::kClose;
  unsent_.consume(*sent);
  if (has_unsent()) {
    if (*sent > 0) connection_.enter(Connection::Phase::kWriting);  // it takes some: the timeout begins anew
    return Next::kSend;
  }
  unsent_.release_if_empty();
  return leaving_ ? Next::kLeave : Next::kRun;
}

}  // namespace timeservice::host
