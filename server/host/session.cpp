#include "server/host/session.h"

#include <string>
#include <thread>
#include <utility>
#include <variant>

namespace timeservice::host {
namespace {

/// What a connection keeps for its next call; larger buffers are given back.
constexpr std::size_t kKeptInput = 64 * 1024;

}  // namespace

Session::Session(Connection& connection, const SessionParts& parts)
    : connection_(connection),
      parts_(parts),
      input_(&parts.calls.spare),
      stream_(parts.protocol, parts.transport, parts.limits) {
  if (connection.plain_at_tls()) stream_.refuse_all(wire::WireError::kPlain);
}

void Session::dispatched(Admission::Place place) {
  known_readable_ = true;
  place_ = std::move(place);
  if (parts_.calls.timed) dispatched_at_ = precise_now();
}

Session::Outcome Session::serve_some() {
  Outcome outcome = Outcome::kOver;
  place_.begin();
  try {
    outcome = serve();
  } catch (...) {  // out of memory, most likely: no time for a line in the log
  }
  place_.leave();
  dispatched_at_ = {};
  return outcome;
}

Session::Outcome Session::shed_some() {
  Outcome outcome = Outcome::kOver;
  try {
    outcome = shed_arrived();
  } catch (...) {  // out of memory, most likely: no time for a line in the log
  }
  known_arrived_ = outcome == Outcome::kServed;
  // It waits for us now.
  if (known_arrived_) connection_.enter(Connection::Phase::kCalling);
  return outcome;
}

Session::Outcome Session::serve() {
  if (!unsent_.empty() && !connection_.send(std::exchange(unsent_, {}))) return Outcome::kOver;
  if (std::exchange(known_arrived_, false)) return run_all();
  input_.release_if_empty(kKeptInput);
  const bool between_messages = input_.empty() && !connection_.inside_record();
  if (between_messages && !discarding_ && !connection_.reading_stopped())
    connection_.enter(Connection::Phase::kIdle);
  const bool readable = std::exchange(known_readable_, false) || connection_.has_buffered();
  if (!readable && parts_.wait_for_bytes &&
      (connection_.wants_room() || !parts_.wait_for_bytes(connection_.fd()))) {
    input_.release_if_empty(0);
    return Outcome::kSilent;  // with half a message too: the rest may take its time
  }
  if (discarding_) return discard();
  const auto got = receive();
  if (!got) return Outcome::kServed;  // part of a TLS record
  if (*got == 0) {
    if (connection_.discard_late_while_delivering()) {
      std::this_thread::sleep_for(kDeliveryPause);
      known_readable_ = true;
      return Outcome::kServed;
    }
    if (!input_.empty() && !connection_.reading_stopped()) connection_.refuse(wire::WireError::kTruncated);
    return Outcome::kOver;
  }
  took(*got);
  return run_all();
}

// Nothing: not yet. A thread that others may need does not wait for the rest of a record.
std::optional<std::size_t> Session::receive() {
  const auto room = input_.room(room_for_rest(input_.bytes().size()));
  // Nor does a call's place, which others may need too.
  if (parts_.wait_for_bytes || place_) return connection_.try_receive(room);
  return connection_.receive(room);
}

void Session::took(std::size_t bytes) {
  // Stamped once a message: a client that sends a byte now and then gains no time.
  const bool begins = input_.empty() && connection_.phase() != Connection::Phase::kReading;
  if (begins) connection_.enter(Connection::Phase::kReading);
  input_.filled(bytes);
  if (!parts_.calls.timed) return;
  times_.read_at = precise_now();
  const bool was_dispatched = dispatched_at_ != std::chrono::nanoseconds::zero();
  times_.arrived_at =
      parts_.calls.waits.arrival(connection_.receipt(), was_dispatched ? dispatched_at_ : times_.read_at);
}

Call Session::call_of(const wire::Message& message) {
  return {.runner = runner(), .message = message, .dialect = *stream_.dialect(), .framed = stream_.framed()};
}

// What is left when the client takes no more replies now is for a thread that may wait.
Session::Outcome Session::shed_arrived() {
  if (discarding_ || !unsent_.empty()) return Outcome::kServed;
  const auto got = connection_.try_receive(input_.room(kReadAtLeast));
  if (!got) return Outcome::kSilent;
  if (*got == 0) return Outcome::kServed;
  took(*got);
  CallTurn turn(parts_.calls, connection_, times_, times_.read_at, false);
  for (;;) {
    const auto cut = stream_.next(input_.bytes());
    if (std::holds_alternative<wire::NeedMore>(cut)) break;
    const auto* message = std::get_if<wire::Message>(&cut);
    if (message == nullptr || !turn.shed(call_of(*message))) return Outcome::kServed;
    connection_.count_messages(1);
    input_.consume(message->consumed);
  }
  if (runner_ && !runner_->replies().empty()) {
    const auto replies = runner_->replies();
    const auto sent = connection_.try_send(replies);
    if (!sent) return Outcome::kOver;
    turn.sent();
    unsent_.assign(replies.begin() + static_cast<std::ptrdiff_t>(*sent), replies.end());
    runner_->clear_replies();
    if (!unsent_.empty()) return Outcome::kServed;
  }
  connection_.enter(input_.empty() ? Connection::Phase::kIdle : Connection::Phase::kReading);
  input_.release_if_empty(0);
  return Outcome::kSilent;
}

Session::Outcome Session::run_all() {
  bool ran = false;
  while (!input_.empty()) {
    const auto cut = stream_.next(input_.bytes());
    if (const auto* error = std::get_if<wire::WireError>(&cut)) return refuse(*error);
    if (std::holds_alternative<wire::NeedMore>(cut)) {
      if (ran) connection_.enter(Connection::Phase::kReading);  // of the next message
      return Outcome::kServed;
    }
    const auto& message = std::get<wire::Message>(cut);
    connection_.enter(Connection::Phase::kCalling);
    connection_.count_messages(1);
    CallTurn turn(parts_.calls, connection_, times_, parts_.calls.timed ? precise_now() : times_.read_at,
                  static_cast<bool>(place_));
    if (!turn.run(call_of(message))) return refuse(wire::WireError::kMalformed);
    ran = true;
    input_.consume(message.consumed);
    // Not gathered with the next call's reply: that call may block.
    if (!flush()) return Outcome::kOver;
    turn.sent();
  }
  return Outcome::kServed;
}

CallRunner& Session::runner() {
  if (!runner_) {
    runner_.emplace(parts_.processor, stream_.dialect()->protocol, parts_.limits, wire::kKeptReply,
                    &parts_.calls.spare);
  }
  return *runner_;
}

bool Session::flush() {
  const bool sent = connection_.send(runner_->replies());
  runner_->clear_replies();
  return sent;
}

// A client that speaks Thrift is told in Thrift why it is refused, as far as its
// message's head has arrived. The socket is then closed only after the client has
// left: closing with bytes unread would take the reply back.
Session::Outcome Session::refuse(wire::WireError error) {
  const std::string why = connection_.refuse(error);
  if (!stream_.dialect()) return Outcome::kOver;
  const auto bytes = input_.bytes();
  runner().refuse(stream_.payload_of(bytes), stream_.framed(), why);
  if (runner_->replies().empty() || !flush()) return Outcome::kOver;
  connection_.enter(Connection::Phase::kLeaving);
  connection_.finish_sending();
  input_.consume(bytes.size());
  discarding_ = true;
  return Outcome::kServed;
}

Session::Outcome Session::discard() {
  const auto got = receive();
  if (!got) return Outcome::kServed;
  discarded_ += *got;
  return *got > 0 && discarded_ < kDiscardAtMost ? Outcome::kServed : Outcome::kOver;
}

}  // namespace timeservice::host
