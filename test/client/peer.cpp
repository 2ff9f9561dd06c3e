#include "test/client/peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "wire/protocol.h"
#include "wire/transport.h"

namespace timeservice::client {
namespace {

using apache::thrift::TApplicationException;
using apache::thrift::protocol::TMessageType;
using apache::thrift::protocol::TProtocol;
using apache::thrift::protocol::TType;
using apache::thrift::transport::TSocket;

int checked(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
  return result;
}

template <typename Address>
void bind_to(int fd, const Address& address) {
  checked(bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), "bind");
}

template <typename Address>
Address bound_to(int fd) {
  Address address{};
  socklen_t size = sizeof(address);
  checked(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size), "getsockname");
  return address;
}

sockaddr_in loopback() {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

wire::Endpoint bind_v4(int fd) {
  bind_to(fd, loopback());
  return {.host = "127.0.0.1", .port = ntohs(bound_to<sockaddr_in>(fd).sin_port), .path = {}};
}

wire::Endpoint bind_v6(int fd) {
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_addr = in6addr_loopback;
  bind_to(fd, address);
  return {.host = "::1", .port = ntohs(bound_to<sockaddr_in6>(fd).sin6_port), .path = {}};
}

wire::Endpoint bind_unix(int fd, const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  bind_to(fd, address);
  return {.host = {}, .port = 0, .path = path};
}

std::string make_directory() {
  std::string name = "/tmp/client-peer-XXXXXX";
  if (mkdtemp(name.data()) == nullptr) throw std::system_error(errno, std::generic_category(), "mkdtemp");
  return name;
}

}  // namespace

PeerConnection::PeerConnection(int fd, wire::Dialect dialect, const wire::TlsContext& tls)
    : socket_(std::make_shared<TSocket>(fd)), transport_(socket_) {
  socket_->setRecvTimeout(10'000);
  socket_->setSendTimeout(10'000);
  if (tls) transport_ = tls_ = std::make_shared<TlsPeer>(socket_, tls);
  const wire::Limits limits;
  protocol_ = wire::make_protocol(dialect.protocol,
                                  wire::make_transport(dialect.transport, transport_, limits), limits);
}

PeerConnection::Request PeerConnection::read_request() {
  Request request;
  TMessageType type{};
  protocol_->readMessageBegin(request.method, type, request.number);
  protocol_->skip(apache::thrift::protocol::T_STRUCT);
  protocol_->readMessageEnd();
  return request;
}

void PeerConnection::reply(const Request& request, TType type,
                           const std::function<void(TProtocol&)>& write_result) {
  protocol_->writeMessageBegin(request.method, apache::thrift::protocol::T_REPLY, request.number);
  protocol_->writeStructBegin("result");
  protocol_->writeFieldBegin("success", type, 0);
  write_result(*protocol_);
  protocol_->writeFieldEnd();
  protocol_->writeFieldStop();
  protocol_->writeStructEnd();
  protocol_->writeMessageEnd();
  protocol_->getTransport()->flush();
}

void PeerConnection::reply_text(const Request& request, const std::string& text) {
  reply(request, apache::thrift::protocol::T_STRING, [&](TProtocol& result) { result.writeString(text); });
}

void PeerConnection::reply_error(const Request& request,
                                 TApplicationException::TApplicationExceptionType code,
                                 const std::string& message) {
  protocol_->writeMessageBegin(request.method, apache::thrift::protocol::T_EXCEPTION, request.number);
  TApplicationException(code, message).write(protocol_.get());
  protocol_->writeMessageEnd();
  protocol_->getTransport()->flush();
}

void PeerConnection::write_raw(const std::string& bytes) {
  transport_->write(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                    static_cast<std::uint32_t>(bytes.size()));
}

void PeerConnection::write_beneath(const std::string& bytes) {
  socket_->write(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                 static_cast<std::uint32_t>(bytes.size()));
}

bool PeerConnection::serve_once(TimeServiceIf& handler) {
  TimeServiceProcessor processor(std::shared_ptr<TimeServiceIf>(&handler, [](TimeServiceIf*) {}));
  return processor.process(protocol_, protocol_, nullptr);
}

void PeerConnection::serve(TimeServiceIf& handler) {
  while (serve_once(handler)) {
  }
}

void PeerConnection::wait_for_bytes() { socket_->peek(); }

void PeerConnection::wait_until_closed() {
  std::uint8_t buffer[512];
  while (transport_->read(buffer, sizeof(buffer)) > 0) {
  }
}

bool PeerConnection::closed_in_order() const {
  tcp_info info{};
  socklen_t size = sizeof(info);
  checked(getsockopt(socket_->getSocketFD(), IPPROTO_TCP, TCP_INFO, &info, &size), "getsockopt");
  return info.tcpi_state == TCP_CLOSE_WAIT;
}

void PeerConnection::close() {
  const std::lock_guard lock(mutex_);
  // The descriptor itself lives as long as the peer: nobody else gets its number.
  if (socket_->isOpen()) shutdown(socket_->getSocketFD(), SHUT_RDWR);
}

void PeerConnection::reset() {
  const std::lock_guard lock(mutex_);
  // A TCP socket that is to forget its peer resets it, and sends no end before as
  // TSocket::close() does.
  const sockaddr nobody = {.sa_family = AF_UNSPEC, .sa_data = {}};
  checked(connect(socket_->getSocketFD(), &nobody, sizeof(nobody)), "connect to nobody");
}

Peer::Peer(Script script, Address address, wire::Dialect dialect, wire::TlsContext tls)
    : script_(std::move(script)), dialect_(dialect), tls_(std::move(tls)) {
  const int family = address == Address::kV4 ? AF_INET : address == Address::kV6 ? AF_INET6 : AF_UNIX;
  listening_ = checked(socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
  try {
    if (address == Address::kUnix) directory_ = make_directory();
    endpoint_ = address == Address::kV4   ? bind_v4(listening_)
                : address == Address::kV6 ? bind_v6(listening_)
                                          : bind_unix(listening_, directory_ + "/socket");
    endpoint_.tls = tls_ != nullptr;
    checked(listen(listening_, 16), "listen");
  } catch (...) {
    ::close(listening_);
    throw;
  }
  accepting_ = std::thread([this] { accept_all(); });
}

Peer::~Peer() {
  shutdown(listening_, SHUT_RDWR);
  accepting_.join();
  ::close(listening_);
  for (PeerConnection& connection : ends_) connection.close();
  for (std::thread& script : scripts_) script.join();
  if (!directory_.empty()) {
    unlink(endpoint_.path.c_str());
    rmdir(directory_.c_str());
  }
}

void Peer::accept_all() {
  for (;;) {
    const int fd = accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    PeerConnection& connection = ends_.emplace_back(fd, dialect_, tls_);
    const int index = connections_++;
    scripts_.emplace_back([this, &connection, index] {
      try {
        script_(connection, index);
      } catch (const std::exception&) {
        // The connection ended, which the test sees from the client's side.
      }
      connection.close();
    });
  }
}

DeadPort::DeadPort() : bound_(checked(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket")) {
  endpoint_ = bind_v4(bound_);
}

DeadPort::~DeadPort() { ::close(bound_); }

DeafPort::DeafPort() : listening_(checked(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket")) {
  endpoint_ = bind_v4(listening_);
  checked(listen(listening_, 0), "listen");
  const auto address = bound_to<sockaddr_in>(listening_);
  for (int filled = 0; filled < 3; ++filled) {
    queued_.push_back(checked(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket"));
    // In progress, or done: either takes up room.
    connect(queued_.back(), reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  }
}

DeafPort::~DeafPort() {
  for (const int fd : queued_) ::close(fd);
  ::close(listening_);
}

}  // namespace timeservice::client
