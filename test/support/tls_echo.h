#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <thrift/transport/TSSLSocket.h>

#include "test/support/echo_host.h"
#include "wire/detect.h"
#include "wire/tls.h"

// Clients of hosts with endpoints that are TLS. The certificates are those of
// test/support/certificates.py, by their names there.
namespace timeservice::test {

std::string certificate_file(std::string_view name);
std::string key_file(std::string_view name);

/// Options for a mode on a free port that is TLS, with the certificate of that name.
host::HostOptions tls_options_for(std::string_view mode, std::string_view certificate = "server");

/// A stock client over TLS (Apache's TSSLSocket), which checks the server's certificate and
/// its name. Its calls wait at most 30 s.
class TlsEchoConnection {
 public:
  /// `client` is the client's own certificate; "": it has none.
  TlsEchoConnection(const wire::Endpoint& endpoint, const wire::Dialect& dialect,
                    std::string_view client = {}, std::string_view ca = "ca",
                    apache::thrift::transport::SSLProtocol version = apache::thrift::transport::SSLTLS);

  EchoClient* operator->() { return client_.get(); }
  void close() { socket_->close(); }

 private:
  std::unique_ptr<apache::thrift::transport::TSSLSocketFactory> factory_;
  std::shared_ptr<apache::thrift::transport::TSSLSocket> socket_;
  std::unique_ptr<EchoClient> client_;
};

/// What a TLS client of the endpoint greets with.
std::string greeting(const wire::Endpoint& endpoint);

/// TLS over a plain socket, for what no client does: bytes cut into records at will, a
/// handshake that stops, bytes that are no TLS. Waits at most 30 s.
class RawTls : private wire::TlsCarrier {
 public:
  explicit RawTls(const wire::Endpoint& endpoint,
                  const wire::TlsFiles& files = {.ca = certificate_file("ca")});

  RawConnection& raw() { return raw_; }
  /// Makes the handshake. False, and failure() says why, where it fails.
  bool handshake();
  /// Sends the greeting and no more, however quick the answer.
  void greet();
  /// One record, where `bytes` fit into one. False: the peer does not take it any more.
  bool send(std::string_view bytes);
  /// Everything up to the peer's end, or `most` bytes.
  std::string receive(std::size_t most = static_cast<std::size_t>(-1));
  /// How receive() ended, where that was the peer's doing.
  std::optional<wire::TlsStream::Status> end() const { return end_; }
  wire::TlsStream& stream() { return stream_; }
  const std::string& failure() const { return stream_.failure(); }

 private:
  std::optional<std::size_t> receive_encrypted(std::span<std::uint8_t> room) override;
  std::optional<std::size_t> send_encrypted(std::span<const std::uint8_t> bytes) override;
  bool wait(wire::TlsStream::Status status);

  RawConnection raw_;
  wire::TlsStream stream_;
  std::optional<wire::TlsStream::Status> end_;
  bool deaf_ = false;
};

}  // namespace timeservice::test
