#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>

#include "server/host/call_runners.h"
#include "server/host/connection.h"
#include "server/host/reactor/reactor_parts.h"
#include "wire/message_stream.h"
#include "wire/read_buffer.h"

namespace timeservice::host {

class EventLoop;

/// The calls of one connection on an event loop: reads what is there, runs the calls
/// in it in their order, sends their replies in one write, and waits. While a client
/// does not take its replies, nothing more of it is read.
///
/// Lives as long as it waits for something. It belongs to its loop's thread or, while
/// its calls run on a worker, to that: never to both.
class ReactorSession : public std::enable_shared_from_this<ReactorSession> {
 public:
  /// On the loop's thread, which counts the session already.
  static void start(std::shared_ptr<Connection> connection, EventLoop& loop, const ReactorParts& parts);

  ReactorSession(std::shared_ptr<Connection> connection, EventLoop& loop, const ReactorParts& parts);
  ~ReactorSession();
  ReactorSession(const ReactorSession&) = delete;
  ReactorSession& operator=(const ReactorSession&) = delete;

 private:
  /// What the session does next.
  enum class Next {
    kReceive,  ///< wait for bytes
    kSend,     ///< wait until the client takes more of its replies
    kRun,      ///< run the calls that are left, after others had their turn
    kWork,     ///< have a worker run calls, and wait until it has
    kDeliver,  ///< wait until what was sent has arrived, after the end of the bytes
    kLeave,    ///< it was refused, and told so: wait until it has left
    kClose,
  };
  /// What became of some of the bytes.
  struct Progress {
    Next next;
    std::size_t consumed;
  };

  // On the loop's thread:
  void go(Next next);
  void wait_for_bytes();
  void wait_for_room();
  void wait_for_delivery();
  void hand_to_worker();
  Next received(std::size_t count);
  Next look_again();
  Next serve(std::size_t count);
  std::span<const std::uint8_t> fetch_more();
  Next received_end();
  Next discard(std::size_t count);
  Next send_rest();
  Next run_stored();
  Next offer_to_worker();
  void close();

  // On the thread that the session belongs to:
  Next work();
  Progress run_calls(std::span<const std::uint8_t> bytes, CallRunners& runners, bool gather);
  Progress refuse(wire::WireError error, std::span<const std::uint8_t> bytes, std::size_t consumed,
                  CallRunners& runners);
  Next await_bytes(bool ran, bool rest);
  bool flush(CallRunner& runner);
  void store(std::span<const std::uint8_t> bytes);
  void used_up(std::size_t stored_bytes);

  std::shared_ptr<Connection> connection_;
  EventLoop& loop_;
  const ReactorParts& parts_;
  /// Of any address family.
  boost::asio::basic_stream_socket<boost::asio::generic::stream_protocol,
                                   boost::asio::io_context::executor_type>
      socket_;
  /// What a wait for bytes ends with: room for a small call, which is then read in one
  /// go with the waiting. More is fetched into the loop's buffer.
  std::array<std::uint8_t, 192> first_bytes_;
  wire::MessageStream stream_;
  /// Bytes that wait for the rest of their message, or for their turn.
  wire::ReadBuffer input_;
  /// Replies that the client has not taken, from unsent_from_ on.
  std::vector<std::uint8_t> unsent_;
  std::size_t unsent_from_ = 0;
  bool leaving_ = false;
  std::size_t discarded_ = 0;
};

}  // namespace timeservice::host
