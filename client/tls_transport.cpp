#include "client/tls_transport.h"

#include <poll.h>

#include <cerrno>
#include <utility>

namespace timeservice::client {

using apache::thrift::transport::TTransportException;
using Status = TlsSession::Status;

TlsTransport::TlsTransport(std::shared_ptr<ClientSocket> socket, wire::TlsContext context,
                           const wire::Endpoint& endpoint, const ClientOptions& options)
    : socket_(std::move(socket)),
      options_(options),
      session_(socket_->fd(), std::move(context), endpoint, options) {}

TlsTransport::~TlsTransport() { TlsTransport::close(); }

void TlsTransport::close() {
  if (!socket_->isOpen()) return;
  session_.finish();
  socket_->close();
}

void TlsTransport::handshake(std::chrono::steady_clock::time_point end) {
  for (;;) {
    const Status status = session_.handshake().status;
    if (status == Status::kDone) return;
    if (status == Status::kClosed || status == Status::kFailed) throw TlsRefused(session_.refusal());
    try {
      socket_->wait_until(status == Status::kWantsRoom ? POLLOUT : POLLIN, end);
    } catch (const TTransportException& error) {
      if (error.getType() != TTransportException::TIMED_OUT) throw;
      throw TlsRefused(session_.timeout());
    }
  }
}

std::uint32_t TlsTransport::read(std::uint8_t* buffer, std::uint32_t size) {
  for (;;) {
    const TlsSession::Result result = session_.receive({buffer, size});
    switch (result.status) {
      case Status::kDone:
        return static_cast<std::uint32_t>(result.bytes);
      case Status::kClosed:
        if (session_.error() != 0) throw SocketError(session_.error());
        return 0;
      case Status::kFailed:
        fail();
      case Status::kWantsBytes:
        socket_->wait_for(POLLIN, options_.receive_timeout);
        break;
      case Status::kWantsRoom:
        socket_->wait_for(POLLOUT, options_.send_timeout);
        break;
    }
  }
}

void TlsTransport::write(const std::uint8_t* buffer, std::uint32_t size) {
  std::size_t sent = 0;
  while (sent < size) {
    const TlsSession::Result result = session_.send({buffer + sent, size - sent});
    switch (result.status) {
      case Status::kDone:
        sent += result.bytes;
        break;
      case Status::kClosed:
      case Status::kFailed:
        fail_to_write();
      case Status::kWantsBytes:
        socket_->wait_for(POLLIN, options_.send_timeout);
        break;
      case Status::kWantsRoom:
        socket_->wait_for(POLLOUT, options_.send_timeout);
        break;
    }
  }
}

void TlsTransport::fail() const {
  if (const auto refusal = session_.late_refusal()) throw TlsRefused(*refusal);
  throw TlsBroken(session_.failure());
}

/// A server that went away may have said why.
void TlsTransport::fail_to_write() {
  const int error = session_.error();
  std::uint8_t unread = 0;
  if (session_.receive({&unread, 1}).status == Status::kFailed) fail();
  throw SocketError(error != 0 ? error : EPIPE);
}

}  // namespace timeservice::client
