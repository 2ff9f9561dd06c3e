#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <string_view>

#include "bench/load_socket.h"
#include "bench/measured_calls.h"
#include "bench/repeated_bytes.h"

namespace timeservice::bench {

using Clock = std::chrono::steady_clock;
using Instant = Clock::time_point;

/// One connection of the load generator: calls go out, gathered into one send, and
/// replies are matched to them in their order. Never waits. One thread.
class LoadConnection {
 public:
  /// Told of so many whole, right replies to calls that began at `start`.
  using OnReplies = std::function<void(Instant start, std::size_t count)>;

  /// `requests` outlives it.
  LoadConnection(Descriptor socket, const RepeatedBytes& requests, std::unique_ptr<ReplyCheck> check);

  /// Owes the server `count` more calls; their latency counts from `start`.
  void call(std::size_t count, Instant start);
  /// Sends what is owed, as far as the server takes it. Throws LoadError.
  void flush();
  /// Reads what has come, once. Throws LoadError and WrongReply.
  void receive(const OnReplies& on_replies);
  /// Throws LoadError, which says what is outstanding.
  [[noreturn]] void fail(std::string_view why) const;

  int fd() const { return socket_.get(); }
  /// Calls without their reply, sent or not.
  std::size_t outstanding() const { return outstanding_; }
  /// Whether flush() left something.
  bool owes() const { return requests_.owes(); }

 private:
  struct Batch {
    Instant start;
    std::size_t calls;
  };

  std::size_t take_replies(std::span<const std::uint8_t> bytes);
  void answered(std::size_t replies, const OnReplies& on_replies);

  Descriptor socket_;
  RepeatedSend requests_;
  std::unique_ptr<ReplyCheck> check_;
  std::deque<Batch> batches_;
  std::size_t outstanding_ = 0;
  /// The front of a reply whose rest has not come.
  Bytes partial_;
};

}  // namespace timeservice::bench
