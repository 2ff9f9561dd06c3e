#include "server/host/reactor/reactor_session.h"

#include <algorithm>
#include <chrono>
#include <new>
#include <string>
#include <thread>
#include <utility>
#include <variant>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "server/host/monotonic.h"
#include "server/host/reactor/event_loop.h"

namespace timeservice::host {
namespace {

using boost::system::error_code;

/// How long one connection's calls may keep a thread while others wait, by the coarse
/// clock. More than a full buffer of quick calls takes, so it bounds those that are slow.
constexpr std::chrono::milliseconds kTurn{4};

/// A part of a message or of replies that is worth more than a copy.
constexpr std::size_t kLargePart = 16 * 1024;

/// How long to wait for memory that is needed to go on at all.
constexpr std::chrono::milliseconds kMemoryPause{10};

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

ReactorSession::ReactorSession(std::shared_ptr<Connection> connection, EventLoop& loop,
                               const ReactorParts& parts)
    : connection_(std::move(connection)),
      loop_(loop),
      parts_(parts),
      stream_(parts.options.protocol, parts.options.transport, parts.options.limits),
      input_(&parts.calls.spare),
      unsent_(&parts.calls.spare) {}

void ReactorSession::start() noexcept {
  if (connection_->handshaking()) return go(Next::kReceive);
  take(&ReactorSession::receive);
}

void ReactorSession::greet() noexcept { take(&ReactorSession::shake_hands); }

void ReactorSession::ready() noexcept {
  if (connection_->handshaking()) return go(Next::kGreet);
  if (!unsent_.empty()) return take(&ReactorSession::send_rest);
  take(leaving_ ? &ReactorSession::discard : &ReactorSession::receive);
}

void ReactorSession::take(Step step) noexcept {
  Next next = Next::kClose;
  try {
    next = (this->*step)();
  } catch (...) {  // out of memory, most likely: no time for a line in the log
  }
  go(next);
}

void ReactorSession::go(Next next) noexcept {
  try {
    wait(next);
  } catch (...) {  // nobody would ever look at it again
    close();
  }
}

void ReactorSession::wait(Next next) {
  switch (next) {
    case Next::kGreet:
      wait_for(ReadySet::For::kNothing);
      return loop_.greet_in_turn(shared_from_this());
    case Next::kReceive:
      if (connection_->has_buffered()) {
        return take_soon(leaving_ ? &ReactorSession::discard : &ReactorSession::receive);
      }
      return wait_for(connection_->wants_room() ? ReadySet::For::kRoom : ReadySet::For::kBytes);
    case Next::kSend:
      return wait_for(ReadySet::For::kRoom);
    case Next::kRun:
      return take_soon(&ReactorSession::run_stored);
    case Next::kWork:
      return hand_to_worker();
    case Next::kDeliver:
      return take_after_delivery();
    case Next::kLeave:
      connection_->enter(Connection::Phase::kLeaving);
      connection_->finish_sending();
      return wait_for(ReadySet::For::kBytes);
    case Next::kClose:
      return close();
  }
}

void ReactorSession::wait_for(ReadySet::For wanted) {
  const bool done = loop_.sockets().change(connection_->fd(), waits_for_, wanted, this);
  waits_for_ = wanted;
  if (!done) close();
}

void ReactorSession::take_soon(Step step) {
  wait_for(ReadySet::For::kNothing);
  boost::asio::post(loop_.context(), [self = shared_from_this(), step] {
    self->loop_.begin_round();
    self->take(step);
  });
}

// Closing now could take back what was sent.
void ReactorSession::take_after_delivery() {
  wait_for(ReadySet::For::kNothing);
  const auto timer = std::make_shared<boost::asio::steady_timer>(loop_.context(), kDeliveryPause);
  timer->async_wait([timer, self = shared_from_this()](const error_code&) {
    self->loop_.begin_round();
    self->take(&ReactorSession::receive);
  });
}

void ReactorSession::hand_to_worker() {
  wait_for(ReadySet::For::kNothing);
  boost::asio::post(*parts_.workers, [self = shared_from_this()] { self->hand_to_loop(self->work()); });
}

// Without memory for that, later: nobody else would ever look at the session again.
void ReactorSession::hand_to_loop(Next next) noexcept {
  for (;;) {
    try {
      boost::asio::post(loop_.context(), [self = shared_from_this(), next] { self->go(next); });
      return;
    } catch (const std::bad_alloc&) {
      std::this_thread::sleep_for(kMemoryPause);
    }
  }
}

void ReactorSession::close() noexcept {
  if (connection_->fd() < 0) return;
  loop_.sockets().change(connection_->fd(), waits_for_, ReadySet::For::kNothing, this);
  waits_for_ = ReadySet::For::kNothing;
  connection_->close();
  loop_.forget(*this);
}

ReactorSession::Next ReactorSession::shake_hands() {
  if (connection_->handshake() == Connection::Handshake::kOver) return Next::kClose;
  if (connection_->plain_at_tls()) stream_.refuse_all(wire::WireError::kPlain);
  return Next::kReceive;
}

ReactorSession::Next ReactorSession::receive() {
  if (connection_->aborted()) return Next::kClose;  // a shut down socket still gives out what it has
  return input_.empty() ? receive_in_loop() : receive_more();
}

ReactorSession::Next ReactorSession::receive_more() {
  const auto got = connection_->try_receive(input_.room(room_for_rest(input_.bytes().size())));
  if (!got) return Next::kReceive;
  if (*got == 0) return receive_end();
  if (parts_.calls.timed) note_arrival();
  input_.filled(*got);
  return run_stored();
}

// A large message is read to the loop's buffer as far as it comes without waiting: what has
// to be stored is copied.
ReactorSession::Next ReactorSession::receive_in_loop() {
  std::span<std::uint8_t> room = loop_.buffer();
  auto got = connection_->try_receive(room.first(kReadAtMost));
  if (!got) return Next::kReceive;
  if (*got == 0) return receive_end();
  std::span<const std::uint8_t> bytes;
  Next next = Next::kReceive;
  do {
    if (parts_.calls.timed) note_arrival();
    bytes = {room.data(), bytes.size() + *got};
    if (parts_.workers != nullptr) {
      store(bytes);
      return run_stored();
    }
    const Progress progress = run_calls(bytes, loop_.runners(), true, loop_.looked_at());
    room = room.subspan(progress.consumed);
    bytes = bytes.subspan(progress.consumed);
    next = progress.next;
    if (next != Next::kReceive || bytes.size() < kLargePart) break;
    if (room.size() - bytes.size() < kReadAtLeast) break;
    // The end of the bytes is seen again by whoever waits for more.
    got = connection_->try_receive(room.subspan(bytes.size()));
  } while (got.value_or(0) > 0);
  store(bytes);
  return next;
}

// The clock was looked at when the session before this one was done.
void ReactorSession::note_arrival() {
  times_ = {.arrived_at = parts_.calls.waits.arrival(connection_->receipt(), loop_.round_began()),
            .read_at = loop_.looked_at()};
}

ReactorSession::Next ReactorSession::receive_end() {
  if (connection_->discard_late_while_delivering()) return Next::kDeliver;
  if (!input_.empty() && !connection_->reading_stopped()) connection_->refuse(wire::WireError::kTruncated);
  return Next::kClose;
}

ReactorSession::Next ReactorSession::discard() {
  const auto got = connection_->try_receive(loop_.buffer());
  if (!got) return Next::kReceive;
  discarded_ += *got;
  return *got > 0 && discarded_ < kDiscardAtMost ? Next::kReceive : Next::kClose;
}

ReactorSession::Next ReactorSession::send_rest() {
  if (connection_->aborted()) return Next::kClose;
  const auto sent = connection_->try_send(unsent_.bytes());
  if (!sent) return Next::kClose;
  unsent_.consume(*sent);
  if (!unsent_.empty()) {
    if (*sent > 0) connection_->enter(Connection::Phase::kWriting);  // it takes some: the timeout begins anew
    return Next::kSend;
  }
  unsent_.release_if_empty();
  return leaving_ ? Next::kLeave : run_stored();
}

ReactorSession::Next ReactorSession::run_stored() {
  if (parts_.workers != nullptr) return offer_to_worker();
  const Progress progress = run_calls(input_.bytes(), loop_.runners(), true, loop_.look());
  used_up(progress.consumed);
  return progress.next;
}

ReactorSession::Next ReactorSession::offer_to_worker() {
  const Progress progress = shed_calls(input_.bytes());
  used_up(progress.consumed);
  return progress.next;
}

// Up to the first call that is let in among those that wait for a worker, which is the first
// one mostly. Only for whole messages: half a one is no reason to keep a worker.
ReactorSession::Progress ReactorSession::shed_calls(std::span<const std::uint8_t> bytes) {
  Turn turn(*connection_, loop_.runners());
  CallTurn calls(parts_.calls, *connection_, times_, loop_.looked_at(), false);
  CallRunner* runner = nullptr;
  std::size_t consumed = 0;
  Next next = Next::kRun;
  do {
    const auto cut = stream_.next(bytes.subspan(consumed));
    if (const auto* error = std::get_if<wire::WireError>(&cut)) {
      return refuse(*error, bytes, consumed, loop_.runners());
    }
    const auto* message = std::get_if<wire::Message>(&cut);
    if (message == nullptr) {
      next = await_bytes(runner != nullptr, consumed < bytes.size());
      break;
    }
    if (auto place = parts_.calls.admission.queue()) {
      place_ = std::move(*place);
      connection_->enter(Connection::Phase::kCalling);
      next = Next::kWork;
      break;
    }
    const Call call = call_of(*message, loop_.runners());
    runner = &call.runner;
    turn.begin_call();
    if (!calls.shed(call)) return refuse(wire::WireError::kMalformed, bytes, consumed, loop_.runners());
    consumed += message->consumed;
  } while (!turn.over() && runner->replies().size() < parts_.options.max_unsent_bytes);
  if (runner == nullptr) return {next, consumed};
  turn.count();
  if (!flush(*runner)) return {Next::kClose, consumed};
  loop_.has_looked(calls.sent());
  if (unsent_.empty()) return {next, consumed};
  place_.leave();
  return {Next::kSend, consumed};
}

Call ReactorSession::call_of(const wire::Message& message, CallRunners& runners) {
  const wire::Dialect dialect = *stream_.dialect();
  return {.runner = runners.of(dialect.protocol),
          .message = message,
          .dialect = dialect,
          .framed = stream_.framed()};
}

ReactorSession::Next ReactorSession::work() noexcept {
  // Left when its calls have run, whatever became of them.
  Admission::Place place = std::move(place_);
  place.begin();
  if (connection_->aborted()) return Next::kClose;
  try {
    auto runners = parts_.runners.take();
    const auto now = parts_.calls.timed ? precise_now() : std::chrono::nanoseconds::zero();
    const Progress progress = run_calls(input_.bytes(), *runners, false, now);
    parts_.runners.give_back(std::move(runners));
    used_up(progress.consumed);
    return progress.next;
  } catch (...) {  // out of memory, most likely: no time for a line in the log
    return Next::kClose;
  }
}

// With `gather`, replies go out together when all calls have run. Without, each goes
// out by itself: the next call may block.
ReactorSession::Progress ReactorSession::run_calls(std::span<const std::uint8_t> bytes, CallRunners& runners,
                                                   bool gather, std::chrono::nanoseconds now) {
  Turn turn(*connection_, runners);
  CallTurn calls(parts_.calls, *connection_, times_, now, !gather);
  CallRunner* runner = nullptr;
  wire::Dialect dialect{};
  std::size_t consumed = 0;
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
        connection_->enter(Connection::Phase::kCalling);
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
    if (!flush(*runner)) return {Next::kClose, consumed};
    now = calls.sent();
    if (gather) loop_.has_looked(now);
    if (!unsent_.empty()) return {Next::kSend, consumed};
    if (message == nullptr) break;
    if (over) return {Next::kRun, consumed};
  }
  return {await_bytes(runner != nullptr, consumed < bytes.size()), consumed};
}

// A client that speaks Thrift is told in Thrift why it is refused, as far as its
// message's head has arrived. The socket is then closed only after the client has
// left: closing with bytes unread would take the reply back.
ReactorSession::Progress ReactorSession::refuse(wire::WireError error, std::span<const std::uint8_t> bytes,
                                                std::size_t consumed, CallRunners& runners) {
  const std::string why = connection_->refuse(error);
  const auto dialect = stream_.dialect();
  if (!dialect) return {Next::kClose, bytes.size()};
  CallRunner& runner = runners.of(dialect->protocol);
  runner.refuse(stream_.payload_of(bytes.subspan(consumed)), stream_.framed(), why);
  if (runner.replies().empty() || !flush(runner)) return {Next::kClose, bytes.size()};
  leaving_ = true;
  return {unsent_.empty() ? Next::kLeave : Next::kSend, bytes.size()};
}

// A message's time is stamped at its first byte: a client that sends a byte now and
// then gains none.
ReactorSession::Next ReactorSession::await_bytes(bool ran, bool rest) {
  using Phase = Connection::Phase;
  if (!rest) {
    connection_->enter(Phase::kIdle);
  } else if (ran || connection_->phase() != Phase::kReading) {
    connection_->enter(Phase::kReading);
  }
  return Next::kReceive;
}

bool ReactorSession::flush(CallRunner& runner) {
  const auto replies = runner.replies();
  if (replies.empty()) return true;
  const auto sent = connection_->try_send(replies);
  if (!sent) return false;
  if (*sent < replies.size()) {
    keep_unsent(runner, *sent);
    connection_->enter(Connection::Phase::kWriting);
  }
  runner.clear_replies();
  return true;
}

void ReactorSession::keep_unsent(CallRunner& runner, std::size_t sent) {
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

void ReactorSession::store(std::span<const std::uint8_t> bytes) {
  if (bytes.empty()) return;
  // Of a large message there is likely as much to come, and untouched memory costs nothing.
  const auto room = input_.room(bytes.size() < kLargePart ? bytes.size() : 2 * bytes.size());
  std::copy(bytes.begin(), bytes.end(), room.begin());
  input_.filled(bytes.size());
}

void ReactorSession::used_up(std::size_t stored_bytes) {
  input_.consume(stored_bytes);
  input_.release_if_empty();
}

}  // namespace timeservice::host
