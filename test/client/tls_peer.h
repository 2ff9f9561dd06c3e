#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <thrift/transport/TSocket.h>
#include <thrift/transport/TVirtualTransport.h>

#include "wire/tls.h"

namespace timeservice::client {

/// A server's end of TLS over a TSocket, which a test's script reads from and writes to:
/// the handshake is made on the way. Blocks; throws when nothing comes for 10 s.
class TlsPeer : public apache::thrift::transport::TVirtualTransport<TlsPeer>, private wire::TlsCarrier {
 public:
  TlsPeer(std::shared_ptr<apache::thrift::transport::TSocket> socket, wire::TlsContext context);

  bool isOpen() const override { return socket_->isOpen(); }
  std::uint32_t read(std::uint8_t* buffer, std::uint32_t size);
  void write(const std::uint8_t* buffer, std::uint32_t size);
  /// Says that nothing more will come.
  void finish() { tls_.finish(); }
  void handshake();
  std::string version() const { return tls_.version(); }

 private:
  std::optional<std::size_t> receive_encrypted(std::span<std::uint8_t> room) override;
  std::optional<std::size_t> send_encrypted(std::span<const std::uint8_t> bytes) override;

  std::shared_ptr<apache::thrift::transport::TSocket> socket_;
  wire::TlsStream tls_;
};

/// The path of one of the files of test/support/certificates.py: "server.pem".
std::string certificate(const std::string& name);

/// A server's context with the certificate of that name, and clients' certificates wanted
/// where `ca` is not "".
wire::TlsContext server_tls(const std::string& name, const std::string& ca = "");
/// The same, of one version of TLS alone, OpenSSL's number.
wire::TlsContext server_tls_of(int version, const std::string& name, const std::string& ca = "");

}  // namespace timeservice::client
