#include "test/support/tls_echo.h"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <csignal>

namespace timeservice::test {
namespace {

using Status = wire::TlsStream::Status;
constexpr int kPatienceMs = 30'000;

wire::TlsCarrier& carrier_of(wire::TlsCarrier& carrier) { return carrier; }

}  // namespace

std::string certificate_file(std::string_view name) {
  return std::string(TEST_CERTIFICATES) + "/" + std::string(name) + ".pem";
}
std::string key_file(std::string_view name) {
  return std::string(TEST_CERTIFICATES) + "/" + std::string(name) + ".key";
}

host::HostOptions tls_options_for(std::string_view mode, std::string_view certificate) {
  host::HostOptions options = options_for(mode);
  options.listen.front().tls = true;
  options.tls.certificate = certificate_file(certificate);
  options.tls.key = key_file(certificate);
  return options;
}

/// Else the last factory to go cleans OpenSSL up, of which the host in this process has need.
std::unique_ptr<apache::thrift::transport::TSSLSocketFactory> make_factory(
    apache::thrift::transport::SSLProtocol version) {
  using apache::thrift::transport::TSSLSocketFactory;
  [[maybe_unused]] static const bool once = [] {
    TSSLSocketFactory::setManualOpenSSLInitialization(true);
    return true;
  }();
  std::signal(SIGPIPE, SIG_IGN);  // Apache's client writes without keeping it away
  return std::make_unique<TSSLSocketFactory>(version);
}

TlsEchoConnection::TlsEchoConnection(const wire::Endpoint& endpoint, const wire::Dialect& dialect,
                                     std::string_view client, std::string_view ca,
                                     apache::thrift::transport::SSLProtocol version)
    : factory_(make_factory(version)) {
  factory_->loadTrustedCertificates(certificate_file(ca).c_str());
  factory_->authenticate(true);
  if (!client.empty()) {
    factory_->loadCertificate(certificate_file(client).c_str());
    factory_->loadPrivateKey(key_file(client).c_str());
  }
  socket_ = factory_->createSocket(endpoint.host, endpoint.port);
  socket_->setConnTimeout(kPatienceMs);
  socket_->setRecvTimeout(kPatienceMs);
  socket_->setSendTimeout(kPatienceMs);
  socket_->open();
  wire::Limits limits;
  limits.message_bytes = limits.string_bytes = wire::kMaxMessageBytes;
  client_ = std::make_unique<EchoClient>(
      wire::make_protocol(dialect.protocol, wire::make_transport(dialect.transport, socket_, limits), limits),
      wire::make_protocol(dialect.protocol, wire::make_transport(dialect.transport, socket_, limits),
                          limits));
}

std::string greeting(const wire::Endpoint& endpoint) {
  struct Catching : wire::TlsCarrier {
    std::string sent;
    std::optional<std::size_t> receive_encrypted(std::span<std::uint8_t>) override { return std::nullopt; }
    std::optional<std::size_t> send_encrypted(std::span<const std::uint8_t> bytes) override {
      sent.append(bytes.begin(), bytes.end());
      return bytes.size();
    }
  } carrier;
  wire::TlsStream stream(wire::make_tls_client({.ca = certificate_file("ca")}), carrier, endpoint.host);
  stream.handshake();
  return carrier.sent;
}

RawTls::RawTls(const wire::Endpoint& endpoint, const wire::TlsFiles& files)
    : raw_(endpoint), stream_(wire::make_tls_client(files), carrier_of(*this), endpoint.host) {}

void RawTls::greet() {
  deaf_ = true;
  stream_.handshake();
  deaf_ = false;
}

bool RawTls::handshake() {
  for (;;) {
    const Status status = stream_.handshake().status;
    if (status == Status::kDone) return true;
    if (!wait(status)) return false;
  }
}

bool RawTls::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto [status, sent] =
        stream_.send({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
    if (status == Status::kDone) {
      bytes.remove_prefix(sent);
    } else if (!wait(status)) {
      return false;
    }
  }
  return true;
}

std::string RawTls::receive(std::size_t most) {
  std::string all;
  while (all.size() < most) {
    char piece[16384];
    const auto [status, got] =
        stream_.receive({reinterpret_cast<std::uint8_t*>(piece), std::min(sizeof piece, most - all.size())});
    if (status == Status::kDone) {
      all.append(piece, got);
    } else if (!wait(status)) {
      break;
    }
  }
  return all;
}

bool RawTls::wait(Status status) {
  if (status != Status::kWantsBytes && status != Status::kWantsRoom) {
    end_ = status;
    return false;
  }
  pollfd socket{.fd = raw_.fd(), .events = POLLIN, .revents = 0};
  if (status == Status::kWantsRoom) socket.events = POLLOUT;
  return ::poll(&socket, 1, kPatienceMs) == 1;
}

std::optional<std::size_t> RawTls::receive_encrypted(std::span<std::uint8_t> room) {
  if (deaf_) return std::nullopt;
  const ssize_t got = ::recv(raw_.fd(), room.data(), room.size(), MSG_DONTWAIT);
  if (got < 0 && errno == EAGAIN) return std::nullopt;
  return got < 0 ? 0 : static_cast<std::size_t>(got);
}

std::optional<std::size_t> RawTls::send_encrypted(std::span<const std::uint8_t> bytes) {
  const ssize_t sent = ::send(raw_.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < 0 && errno == EAGAIN) return std::nullopt;
  return sent < 0 ? 0 : static_cast<std::size_t>(sent);
}

}  // namespace timeservice::test
