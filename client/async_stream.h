#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/system/error_code.hpp>

#include "client/tls_session.h"

namespace timeservice::client {

/// A connected socket of the asynchronous client, plain or with TLS. Only the thread that
/// runs its io_context. Whatever is read or written must live until its handler has run,
/// and so must this: a handler holds its owner.
class AsyncStream {
 public:
  using Socket = boost::asio::generic::stream_protocol::socket;
  using Done = std::function<void(const boost::system::error_code& error, std::size_t count)>;

  /// `tls` is null for a plain one, and else has made its handshake over that socket.
  explicit AsyncStream(Socket socket, std::unique_ptr<TlsSession> tls = nullptr)
      : socket_(std::move(socket)), tls_(std::move(tls)) {}

  /// As Asio's functions of that name: one at a time of each, and `done` runs later, once. An
  /// end reads as error::eof, with TLS also one that was not announced. What TLS makes of bytes
  /// that it cannot take reads as errc::protocol_error, of which the session knows more.
  template <typename Handler>
  void async_read_some(std::span<std::uint8_t> room, Handler done) {
    if (tls_) return read_some(room, std::move(done));
    socket_.async_read_some(boost::asio::buffer(room.data(), room.size()), std::move(done));
  }
  template <typename Handler>
  void async_write_some(std::span<const std::uint8_t> bytes, Handler done) {
    if (tls_) return write_some(bytes, std::move(done));
    socket_.async_write_some(boost::asio::buffer(bytes.data(), bytes.size()), std::move(done));
  }

  /// Null without TLS.
  const TlsSession* tls() const { return tls_.get(); }
  void close();

 private:
  void read_some(std::span<std::uint8_t> room, Done done);
  void write_some(std::span<const std::uint8_t> bytes, Done done);
  /// Ends with the result, or goes on `again` when the socket is ready.
  void go_on(TlsSession::Result result, Done done, std::function<void(Done)> again);

  Socket socket_;
  std::unique_ptr<TlsSession> tls_;
};

}  // namespace timeservice::client
