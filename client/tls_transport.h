#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

#include <thrift/transport/TVirtualTransport.h>

#include "client/client_options.h"
#include "client/client_socket.h"
#include "client/tls_session.h"

namespace timeservice::client {

/// TLS over a connected ClientSocket, for a blocking client: with its timeouts, and errors as
/// it has them. Beyond those, TlsRefused where the two ends came to no agreement, and TlsBroken.
/// An end of the connection reads as 0 bytes, whether TLS was ended in order or not: a reply
/// that is whole is known by itself. One thread at a time.
class TlsTransport : public apache::thrift::transport::TVirtualTransport<TlsTransport> {
 public:
  /// `options` must outlive it.
  TlsTransport(std::shared_ptr<ClientSocket> socket, wire::TlsContext context, const wire::Endpoint& endpoint,
               const ClientOptions& options);
  ~TlsTransport() override;
  TlsTransport(const TlsTransport&) = delete;
  TlsTransport& operator=(const TlsTransport&) = delete;

  /// Once, before anything else.
  void handshake(std::chrono::steady_clock::time_point end);

  bool isOpen() const override { return socket_->isOpen(); }
  void close() override;
  /// Up to `size` bytes, as soon as there are any.
  std::uint32_t read(std::uint8_t* buffer, std::uint32_t size);
  /// All of them.
  void write(const std::uint8_t* buffer, std::uint32_t size);

 private:
  [[noreturn]] void fail() const;
  [[noreturn]] void fail_to_write();

  std::shared_ptr<ClientSocket> socket_;
  const ClientOptions& options_;
  TlsSession session_;
};

}  // namespace timeservice::client
