#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "server/host/connection.h"
#include "server/host/reactor/reactor_calls.h"
#include "server/host/reactor/reactor_parts.h"
#include "server/host/reactor/ready_set.h"
#include "wire/read_buffer.h"

namespace timeservice::host {

class EventLoop;

/// One connection on an event loop: waits for what its calls need next, reads it, and has
/// them run, here or by a worker. While a client does not take its replies, nothing more of
/// it is read.
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
  using Step = Next (ReactorSession::*)();
  using Progress = ReactorCalls::Progress;

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
  Progress run_in_loop(std::span<const std::uint8_t> bytes, std::chrono::nanoseconds now);
  Next after(const Progress& progress);
  void note_arrival();

  // On the thread that the session belongs to:
  Next work() noexcept;
  void hand_to_loop(Next next) noexcept;
  void store(std::span<const std::uint8_t> bytes);
  void used_up(std::size_t stored_bytes);

  std::shared_ptr<Connection> connection_;
  EventLoop& loop_;
  const ReactorParts& parts_;
  ReactorCalls calls_;
  /// Bytes that wait for the rest of their message, or for their turn.
  wire::ReadBuffer input_;
  std::size_t discarded_ = 0;
  ReadySet::For waits_for_ = ReadySet::For::kNothing;
};

}  // namespace timeservice::host
