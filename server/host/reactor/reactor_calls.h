#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>

#include "server/host/call_runners.h"
#include "server/host/connection.h"
#include "server/host/reactor/reactor_parts.h"
#include "wire/message_stream.h"
#include "wire/read_buffer.h"

namespace timeservice::host {

/// What a session of an event loop does next.
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

/// The calls of one connection: cuts them from its bytes, runs each or sheds it, in their
/// order, and sends their replies, as far as the client takes them. It waits for nothing:
/// what it returns says what there is to wait for. On the thread that its session belongs to.
class ReactorCalls {
 public:
  /// All of these outlive it.
  ReactorCalls(Connection& connection, const ReactorParts& parts);
  ReactorCalls(const ReactorCalls&) = delete;
  ReactorCalls& operator=(const ReactorCalls&) = delete;

  /// What became of some of the bytes.
  struct Progress {
    Next next;
    std::size_t consumed;
    /// When replies were sent last, by the monotonic clock; zero if none were, or nobody
    /// wants to know.
    std::chrono::nanoseconds sent_at{0};
    /// How many calls run() has run.
    std::uint64_t calls = 0;
  };

  /// The bytes that are run next came so, and all whole messages among them.
  void arrived(const CallTimes& times) { times_ = times; }
  /// From the bytes on that come, all is refused.
  void refuse_all(wire::WireError error) { stream_.refuse_all(error); }

  /// Runs the calls in `bytes`, from `now` on. With `gather`, replies go out together when all
  /// calls have run. Without, each goes out by itself: the next call may block.
  Progress run(std::span<const std::uint8_t> bytes, CallRunners& runners, bool gather,
               std::chrono::nanoseconds now);
  /// Finds the first call that is let in among those that wait for a worker, which is the first
  /// one mostly, and sheds those before it. Only of whole messages: half a one is no reason to
  /// keep a worker.
  Progress shed(std::span<const std::uint8_t> bytes, CallRunners& runners, std::chrono::nanoseconds now);
  /// Of the call that shed() found: its place, which is to be left when it has run.
  Admission::Place take_place() { return std::move(place_); }

  bool has_unsent() const { return !unsent_.empty(); }
  /// Whether the client was refused: nothing more of it is run.
  bool leaving() const { return leaving_; }
  /// Sends more of the replies that the client has not taken. kRun: all of them are sent.
  Next send_rest();

 private:
  Call call_of(const wire::Message& message, CallRunners& runners);
  Progress refuse(wire::WireError error, std::span<const std::uint8_t> bytes, std::size_t consumed,
                  CallRunners& runners);
  Next await_bytes(bool ran, bool rest);
  bool flush(CallRunner& runner);
  void keep_unsent(CallRunner& runner, std::size_t sent);

  Connection& connection_;
  const ReactorParts& parts_;
  wire::MessageStream stream_;
  /// Replies that the client has not taken.
  wire::ReadBuffer unsent_;
  CallTimes times_;
  /// Of calls that are about to wait for a worker.
  Admission::Place place_;
  bool leaving_ = false;
};

}  // namespace timeservice::host
