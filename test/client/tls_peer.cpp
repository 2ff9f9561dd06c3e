#include "test/client/tls_peer.h"

#include <stdexcept>
#include <utility>

#include <openssl/ssl.h>

namespace timeservice::client {

using Status = wire::TlsStream::Status;

TlsPeer::TlsPeer(std::shared_ptr<apache::thrift::transport::TSocket> socket, wire::TlsContext context)
    : socket_(std::move(socket)), tls_(std::move(context), *this) {}

std::uint32_t TlsPeer::read(std::uint8_t* buffer, std::uint32_t size) {
  const auto result = tls_.receive({buffer, size});
  if (result.status == Status::kDone) return static_cast<std::uint32_t>(result.bytes);
  if (result.status == Status::kClosed) return 0;
  throw std::runtime_error(tls_.failure());
}

void TlsPeer::write(const std::uint8_t* buffer, std::uint32_t size) {
  for (std::size_t sent = 0; sent < size;) {
    const auto result = tls_.send({buffer + sent, size - sent});
    if (result.status != Status::kDone) throw std::runtime_error(tls_.failure());
    sent += result.bytes;
  }
}

void TlsPeer::handshake() {
  if (tls_.handshake().status != Status::kDone) throw std::runtime_error(tls_.failure());
}

std::optional<std::size_t> TlsPeer::receive_encrypted(std::span<std::uint8_t> room) {
  return socket_->read(room.data(), static_cast<std::uint32_t>(room.size()));
}

std::optional<std::size_t> TlsPeer::send_encrypted(std::span<const std::uint8_t> bytes) {
  socket_->write(bytes.data(), static_cast<std::uint32_t>(bytes.size()));
  return bytes.size();
}

std::string certificate(const std::string& name) { return std::string(TEST_CERTIFICATES "/") + name; }

wire::TlsContext server_tls(const std::string& name, const std::string& ca) {
  return wire::make_tls_server({.certificate = certificate(name + ".pem"),
                                .key = certificate(name + ".key"),
                                .ca = ca.empty() ? "" : certificate(ca)});
}

wire::TlsContext server_tls_of(int version, const std::string& name, const std::string& ca) {
  wire::TlsContext context = server_tls(name, ca);
  SSL_CTX_set_min_proto_version(context.get(), version);
  SSL_CTX_set_max_proto_version(context.get(), version);
  // What is older than 1.2 is below OpenSSL's usual level.
  if (version < TLS1_2_VERSION) SSL_CTX_set_cipher_list(context.get(), "DEFAULT@SECLEVEL=0");
  return context;
}

}  // namespace timeservice::client
