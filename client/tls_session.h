#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "client/client_options.h"
#include "client/tls_refusal.h"
#include "wire/tls.h"

namespace timeservice::client {

/// A client's end of TLS, over a connected socket: what is read and written there, and what
/// went wrong in words for a user. Never waits, and owns no descriptor. One thread at a time.
class TlsSession : private wire::TlsCarrier {
 public:
  using Status = wire::TlsStream::Status;
  using Result = wire::TlsStream::Result;

  /// `fd` is used as long as functions are called. Of `options`, which outlive it, the
  /// certificate and the timeout are told about.
  TlsSession(int fd, wire::TlsContext context, const wire::Endpoint& endpoint, const ClientOptions& options);
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;
  ~TlsSession() = default;

  Result handshake() { return tls_.handshake(); }
  Result receive(std::span<std::uint8_t> room);
  Result send(std::span<const std::uint8_t> bytes) { return tls_.send(bytes); }
  void finish() { tls_.finish(); }

  /// Why handshake() was closed or failed,
  TlsRefusal refusal() const;
  /// or did not come to an end in time.
  TlsRefusal timeout() const { return handshake_timeout(options_, first_); }

  /// After receive() or send() failed. The server would not have this client;
  std::optional<TlsRefusal> late_refusal() const;
  /// or this is what came instead of TLS.
  const std::string& failure() const { return tls_.failure(); }
  /// After they were closed: errno's, or 0 where the server closed in order.
  int error() const { return error_; }

 private:
  std::optional<std::size_t> receive_encrypted(std::span<std::uint8_t> room) override;
  std::optional<std::size_t> send_encrypted(std::span<const std::uint8_t> bytes) override;
  bool has_certificate() const { return !options_.tls.certificate.empty(); }

  const int fd_;
  const ClientOptions& options_;
  const std::string server_;
  /// The first byte that came.
  std::optional<std::uint8_t> first_;
  /// Bytes of a reply have come.
  bool replied_ = false;
  int error_ = 0;
  wire::TlsStream tls_;  // last: it calls this
};

}  // namespace timeservice::client
