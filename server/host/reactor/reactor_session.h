#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "server/host/call_runners.h"
#include "server/host/connection.h"
#include "server/host/reactor/reactor_parts.h"
#include "server/host/reactor/ready_set.h"
#include "wire/message_stream.h"
#include "wire/read_buffer.h"

namespace timeservice::host {

class EventLoop;

/// The calls of one connection on an event loop: reads what is there, runs the calls
/// in it in their order, sends their replies in one write, and waits. While a client
/// does not take its replies, nothing more of it is read.
///
/// Its loop keeps it until it closes. It belongs to the loop's thread or, while its
/// calls run on a worker, to that: never to both.
class ReactorSession : public std::enable_shared_from_this<ReactorSession> {
 public:
  ReactorSession(std::shared_ptr<Connection> connection, EventLoop& loop, const ReactorParts& parts);
  ReactorSession(const ReactorSession&) = delete;
  ReactorSession& operator=(const ReactorSession&) = delete;

  // On the loop's thread:
  /// Begins to wait.
  void start() noexcept;
  /// What it waited for is there.
  void ready() noexcept;
  /// It is its turn to take a step of the TLS handshake.
  void greet() noexcept;

 private:
  /// What the session does next.
  enum class Next {
    kGreet,    ///< take the next step of the handshake, when it is its turn
    kReceive,  ///< wait for bytes, if none are there
    kSend,     ///< wait until the client takes more of its replies
    kRun,      ///< run the calls that are left, after others had their turn
    kWork,     ///< have a worker run calls, and wait until it has
    kDeliver,  ///< wait until what was sent has arrived, after the end of the bytes
    kLeave,    ///< it was refused, and told so: wait until it has left
    kClose,
  };
  using Step = Next (ReactorSession::*)();
  /// What became of some of the bytes.
  struct Progress {
    Next next;
    std::size_t consumed;
  };

  // On the loop's thread:
  void take(Step step) noexcept;
  void go(Next next) noexcept;
  void wait(Next next);
  void wait_for(ReadySet::For wanted);
  void take_soon(Step step);
  void take_after_delivery();
  void hand_to_worker();
  void close() noexcept;
  Next shake_hands();
  Next receive();
  Next receive_more();
  Next receive_in_loop();
  Next receive_end();
  Next discard();
  Next send_rest();
  Next run_stored();
  Next offer_to_worker();
  void note_arrival();

  // On the thread that the session belongs to:
  Next work() noexcept;
  void hand_to_loop(Next next) noexcept;
  Progress run_calls(std::span<const std::uint8_t> bytes, CallRunners& runners, bool gather,
                     std::chrono::nanoseconds now);
  Progress shed_calls(std::span<const std::uint8_t> bytes);
  Call call_of(const wire::Message& message, CallRunners& runners);
  Progress refuse(wire::WireError error, std::span<const std::uint8_t> bytes, std::size_t consumed,
                  CallRunners& runners);
  Next await_bytes(bool ran, bool rest);
  bool flush(CallRunner& runner);
  void keep_unsent(CallRunner& runner, std::size_t sent);
  void store(std::span<const std::uint8_t> bytes);
  void used_up(std::size_t stored_bytes);

  std::shared_ptr<Connection> connection_;
  EventLoop& loop_;
  const ReactorParts& parts_;
  wire::MessageStream stream_;
  /// Bytes that wait for the rest of their message, or for their turn.
  wire::ReadBuffer input_;
  /// Replies that the client has not taken.
  wire::ReadBuffer unsent_;
  std::size_t discarded_ = 0;
  /// Of the bytes that were read last, and so of all whole messages among them.
  CallTimes times_;
  /// While its calls are with the workers.
  Admission::Place place_;
  ReadySet::For waits_for_ = ReadySet::For::kNothing;
  bool leaving_ = false;
};

}  // namespace timeservice::host
