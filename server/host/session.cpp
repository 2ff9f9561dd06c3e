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
    : connection_(connection), parts_(parts), stream_(parts.protocol, parts.transport, parts.limits) {}

Session::Outcome Session::serve_some() {
  try {
    return serve();
  } catch (...) {  // out of memory, most likely: no time for a line in the log
    return Outcome::kOver;
  }
}

Session::Outcome Session::serve() {
  input_.release_if_empty(kKeptInput);
  if (input_.empty() && !discarding_ && !connection_.reading_stopped())
    connection_.enter(Connection::Phase::kIdle);
  const bool readable = std::exchange(known_readable_, false);
  if (!readable && parts_.wait_for_bytes && !parts_.wait_for_bytes(connection_.fd())) {
    input_.release_if_empty(0);
    return Outcome::kSilent;  // with half a message too: the rest may take its time
  }
  if (discarding_) return discard();
  if (!receive()) {
    if (connection_.discard_late_while_delivering()) {
      std::this_thread::sleep_for(kDeliveryPause);
      known_readable_ = true;
      return Outcome::kServed;
    }
    if (!input_.empty() && !connection_.reading_stopped()) connection_.refuse(wire::WireError::kTruncated);
    return Outcome::kOver;
  }
  return run_all();
}

bool Session::receive() {
  const bool begins = input_.empty();
  const std::size_t got = connection_.receive(input_.room(kReadAtLeast));
  // Stamped once a message: a client that sends a byte now and then gains no time.
  if (got > 0 && begins) connection_.enter(Connection::Phase::kReading);
  input_.filled(got);
  return got > 0;
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
    if (!runner().run(message.payload, stream_.framed())) return refuse(wire::WireError::kMalformed);
    ran = true;
    input_.consume(message.consumed);
    // Not gathered with the next call's reply: that call may block.
    if (!flush()) return Outcome::kOver;
  }
  return Outcome::kServed;
}

CallRunner& Session::runner() {
  if (!runner_) runner_.emplace(parts_.processor, stream_.dialect()->protocol, parts_.limits);
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
  const std::size_t got = connection_.receive(input_.room(kReadAtLeast));
  discarded_ += got;
  return got > 0 && discarded_ < kDiscardAtMost ? Outcome::kServed : Outcome::kOver;
}

}  // namespace timeservice::host
