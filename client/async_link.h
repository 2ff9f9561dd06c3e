#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include <boost/system/error_code.hpp>
#include <thrift/protocol/TProtocol.h>

#include "client/async_call.h"
#include "client/async_failure.h"
#include "client/async_stream.h"
#include "client/client_options.h"
#include "wire/message_buffer.h"
#include "wire/message_cutter.h"
#include "wire/read_buffer.h"

namespace timeservice::client {

/// The begin of a reply.
struct ReplyHead {
  std::string method;
  apache::thrift::protocol::TMessageType type{};
  std::int32_t number = 0;
};

/// What happens on an AsyncLink. Never called from within its functions, nor after close().
class AsyncLinkOwner {
 public:
  /// A whole message, well-formed and within the limits. Reads all that is behind its
  /// head. What it throws is on_end()'s reason: TlsRefused, or else a mismatch.
  virtual void on_reply(const ReplyHead& head, apache::thrift::protocol::TProtocol& protocol) = 0;
  /// No reply will come any more.
  virtual void on_end(const AsyncFailure& why) = 0;

 protected:
  ~AsyncLinkOwner() = default;
};

/// A connection that carries many calls at once: requests become bytes, and bytes
/// replies. What is sent while a write is under way is gathered into the next one.
///
/// Only the thread that runs the stream's io_context. Lives until its last handler
/// has run; the owner and what the peer names must live as long, or close() it before.
class AsyncLink : public std::enable_shared_from_this<AsyncLink> {
 public:
  using Clock = AsyncCall::Clock;

  AsyncLink(AsyncStream stream, AsyncPeer peer, AsyncLinkOwner& owner);

  /// Begins to read.
  void start();
  /// Puts a request behind those that wait for flush().
  void send(std::int32_t number, AsyncCall& call);
  void flush();
  void close();

  /// When bytes came last, or else it was connected.
  Clock::time_point last_arrival() const { return last_arrival_; }
  /// Since when the server has taken nothing of a write; nothing while none is under way.
  std::optional<Clock::time_point> blocked_since() const;

 private:
  struct Requests {
    std::shared_ptr<wire::MessageOutput> bytes;
    std::shared_ptr<apache::thrift::protocol::TProtocol> protocol;
  };

  Requests make_requests() const;
  bool framed() const { return peer_.options.transport == wire::Transport::kFramed; }
  void read();
  void on_read(const boost::system::error_code& error, std::size_t count);
  void take_messages();
  void take_message(std::span<const std::uint8_t> message);
  void write();
  void on_written(const boost::system::error_code& error, std::size_t count);
  void end(const AsyncFailure& why);

  AsyncFailure failure_of(const boost::system::error_code& error) const;

  AsyncStream stream_;
  const AsyncPeer peer_;
  AsyncLinkOwner& owner_;
  bool closed_ = false;
  wire::ReadBuffer input_;
  wire::MessageCutter cutter_;
  std::shared_ptr<wire::MessageInput> message_;
  std::shared_ptr<apache::thrift::protocol::TProtocol> replies_;
  /// Bytes have come.
  bool replied_ = false;
  Clock::time_point last_arrival_;
  Requests gathered_;
  Requests under_way_;
  std::size_t written_ = 0;
  bool writing_ = false;
  Clock::time_point last_progress_;
};

}  // namespace timeservice::client
