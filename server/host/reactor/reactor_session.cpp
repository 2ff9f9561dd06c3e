#include "server/host/reactor/reactor_session.h"

#include <algorithm>
#include <chrono>
#include <new>
#include <thread>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "server/host/monotonic.h"
#include "server/host/reactor/event_loop.h"

namespace timeservice::host {
namespace {

using boost::system::error_code;

/// A part of a message that is worth more than a copy.
constexpr std::size_t kLargePart = 16 * 1024;

/// How long to wait for memory that is needed to go on at all.
constexpr std::chrono::milliseconds kMemoryPause{10};

}  // namespace

ReactorSession::ReactorSession(std::shared_ptr<Connection> connection, EventLoop& loop,
                               const ReactorParts& parts)
    : connection_(std::move(connection)),
      loop_(loop),
      parts_(parts),
      calls_(*connection_, parts),
      input_(&parts.calls.spare) {}

void ReactorSession::start() noexcept {
  if (connection_->handshaking()) return go(Next::kReceive);
  take(&ReactorSession::receive);
}

void ReactorSession::greet() noexcept { take(&ReactorSession::shake_hands); }

void ReactorSession::ready() noexcept {
  if (connection_->handshaking()) return go(Next::kGreet);
  if (calls_.has_unsent()) return take(&ReactorSession::send_rest);
  take(calls_.leaving() ? &ReactorSession::discard : &ReactorSession::receive);
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
        return take_soon(calls_.leaving() ? &ReactorSession::discard : &ReactorSession::receive);
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
  parts_.workers.post([self = shared_from_this()] { self->hand_to_loop(self->work()); });
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

Next ReactorSession::shake_hands() {
  if (connection_->handshake() == Connection::Handshake::kOver) return Next::kClose;
  if (connection_->plain_at_tls()) calls_.refuse_all(wire::WireError::kPlain);
  return Next::kReceive;
}

Next ReactorSession::receive() {
  if (connection_->aborted()) return Next::kClose;  // a shut down socket still gives out what it has
  return input_.empty() ? receive_in_loop() : receive_more();
}

Next ReactorSession::receive_more() {
  const auto got = connection_->try_receive(input_.room(room_for_rest(input_.bytes().size())));
  if (!got) return Next::kReceive;
  if (*got == 0) return receive_end();
  if (parts_.calls.timed) note_arrival();
  input_.filled(*got);
  return run_stored();
}

// A large message is read to the loop's buffer as far as it comes without waiting: what has
// to be stored is copied.
Next ReactorSession::receive_in_loop() {
  std::span<std::uint8_t> room = loop_.buffer();
  auto got = connection_->try_receive(room.first(kReadAtMost));
  if (!got) return Next::kReceive;
  if (*got == 0) return receive_end();
  std::span<const std::uint8_t> bytes;
  Next next = Next::kReceive;
  do {
    if (parts_.calls.timed) note_arrival();
    bytes = {room.data(), bytes.size() + *got};
    if (parts_.workers.wanted()) {
      store(bytes);
      return run_stored();
    }
    const Progress progress = run_in_loop(bytes, loop_.looked_at());
    room = room.subspan(progress.consumed);
    bytes = bytes.subspan(progress.consumed);
    next = after(progress);
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
  calls_.arrived({.arrived_at = parts_.calls.waits.arrival(connection_->receipt(), loop_.round_began()),
                  .read_at = loop_.looked_at()});
}

Next ReactorSession::receive_end() {
  if (connection_->discard_late_while_delivering()) return Next::kDeliver;
  if (!input_.empty() && !connection_->reading_stopped()) connection_->refuse(wire::WireError::kTruncated);
  return Next::kClose;
}

Next ReactorSession::discard() {
  const auto got = connection_->try_receive(loop_.buffer());
  if (!got) return Next::kReceive;
  discarded_ += *got;
  return *got > 0 && discarded_ < kDiscardAtMost ? Next::kReceive : Next::kClose;
}

Next ReactorSession::send_rest() {
  if (connection_->aborted()) return Next::kClose;
  const Next next = calls_.send_rest();
  return next == Next::kRun ? run_stored() : next;
}

Next ReactorSession::run_stored() {
  const Progress progress = parts_.workers.wanted()
                                ? calls_.shed(input_.bytes(), loop_.runners(), loop_.looked_at())
                                : run_in_loop(input_.bytes(), loop_.look());
  used_up(progress.consumed);
  return after(progress);
}

ReactorSession::Progress ReactorSession::run_in_loop(std::span<const std::uint8_t> bytes,
                                                     std::chrono::nanoseconds now) {
  return parts_.workers.watch([&] { return calls_.run(bytes, loop_.runners(), true, now); });
}

Next ReactorSession::after(const Progress& progress) {
  if (progress.sent_at > std::chrono::nanoseconds::zero()) loop_.has_looked(progress.sent_at);
  return progress.next;
}

Next ReactorSession::work() noexcept {
  // Left when its calls have run, whatever became of them.
  Admission::Place place = calls_.take_place();
  place.begin();
  if (connection_->aborted()) return Next::kClose;
  try {
    auto runners = parts_.runners.take();
    const auto now = parts_.calls.timed ? precise_now() : std::chrono::nanoseconds::zero();
    const Progress progress = calls_.run(input_.bytes(), *runners, false, now);
    parts_.runners.give_back(std::move(runners));
    used_up(progress.consumed);
    return progress.next;
  } catch (...) {  // out of memory, most likely: no time for a line in the log
    return Next::kClose;
  }
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
