#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <thrift/transport/TTransportException.h>

#include "client/client_options.h"
#include "wire/tls.h"

namespace timeservice::client {

/// Why two ends came to no TLS connection, and what a user does about it. Plain data.
struct TlsRefusal {
  std::string cause;
  std::string advice;
  /// Until somebody does it the next try ends in the same way.
  bool permanent = true;

  bool operator==(const TlsRefusal&) const = default;
};

/// One of both ends would not have the other: no call was run.
class TlsRefused : public apache::thrift::transport::TTransportException {
 public:
  explicit TlsRefused(const TlsRefusal& why) : TTransportException(NOT_OPEN, why.cause), why_(why) {}

  const TlsRefusal& why() const { return why_; }

 private:
  TlsRefusal why_;
};

/// The server takes TLS only, as its first bytes say: no call was run.
class TlsAsked : public apache::thrift::transport::TTransportException {
 public:
  TlsAsked() : TTransportException(NOT_OPEN, "the server takes TLS only") {}
};

/// What came is no TLS, or was changed on its way.
class TlsBroken : public apache::thrift::transport::TTransportException {
 public:
  explicit TlsBroken(const std::string& why) : TTransportException(CORRUPTED_DATA, why) {}
};

/// A handshake that ended without a connection. `server` is the name that was asked for;
/// `first` is the first byte that came; `own` says whether this client has a certificate.
TlsRefusal handshake_refusal(const wire::TlsStream& tls, const std::string& server,
                             std::optional<std::uint8_t> first, bool own);
/// connect_timeout has passed.
TlsRefusal handshake_timeout(const ClientOptions& options, std::optional<std::uint8_t> first);
/// In TLS 1.3 a server judges a client's certificate when that has done its part: by an
/// alert in the place of the first reply. Nothing for an alert that may mean anything else.
std::optional<TlsRefusal> late_refusal(const wire::TlsStream& tls, bool own);

/// The server takes TLS only.
TlsRefusal tls_only(const wire::Endpoint& endpoint);
/// A server said so: to a client that speaks without TLS, by an exception,
bool says_tls_only(std::string_view exception);
/// or, as no Thrift reply begins, by an alert.
bool is_tls_alert(std::span<const std::uint8_t> first_bytes);

}  // namespace timeservice::client
