#include "test/support/echo_host.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <stdexcept>
#include <thread>

#include "server/host/log.h"

namespace timeservice::test {
namespace {

constexpr int kPatienceMs = 30'000;

std::shared_ptr<spdlog::logger> test_log() {
  static const auto log = [] {
    // Set TEST_LOG to see what the host logs while the tests run.
    const bool loud = std::getenv("TEST_LOG") != nullptr;  // NOLINT(concurrency-mt-unsafe)
    auto made = host::make_log(host::kLogLevels[loud ? 0 : 4], host::kLogFormats[0]);
    host::route_thrift_output(made);
    return made;
  }();
  return log;
}

}  // namespace

host::HostOptions options_for(std::string_view mode) {
  host::HostOptions options;
  options.mode = mode;
  options.listen = {{.host = "127.0.0.1", .port = 0, .path = {}}};
  options.idle_timeout = {};
  return options;
}

EchoHost::EchoHost(host::HostOptions options, const std::function<Processor(Processor)>& wrap) {
  const auto handler = std::make_shared<EchoHandler>(latch_);
  const auto processor = std::make_shared<echo_service::EchoProcessorT<wire::BinaryProtocol>>(handler);
  host_ = std::make_unique<host::Host>(std::move(options), wrap(processor), test_log());
  host_->start();
}

EchoHost::~EchoHost() {
  latch_.release();
  host_->stop();
}

EchoConnection::EchoConnection(const wire::Endpoint& endpoint, wire::Protocol protocol,
                               wire::Transport transport) {
  using apache::thrift::transport::TSocket;
  socket_ = endpoint.is_unix() ? std::make_shared<TSocket>(endpoint.path)
                               : std::make_shared<TSocket>(endpoint.host, endpoint.port);
  socket_->setConnTimeout(kPatienceMs);
  socket_->setRecvTimeout(kPatienceMs);
  socket_->setSendTimeout(kPatienceMs);
  socket_->open();
  wire::Limits limits;
  limits.message_bytes = limits.string_bytes = wire::kMaxMessageBytes;
  client_ = std::make_unique<EchoClient>(
      wire::make_protocol(protocol, wire::make_transport(transport, socket_, limits), limits),
      wire::make_protocol(protocol, wire::make_transport(transport, socket_, limits), limits));
}

RawConnection::RawConnection(const wire::Endpoint& endpoint) {
  sockaddr_storage address{};
  socklen_t size = 0;
  if (endpoint.is_unix()) {
    auto& local = reinterpret_cast<sockaddr_un&>(address);
    local.sun_family = AF_UNIX;
    std::strncpy(local.sun_path, endpoint.path.c_str(), sizeof local.sun_path - 1);
    size = sizeof local;
  } else {
    auto& v4 = reinterpret_cast<sockaddr_in&>(address);
    v4.sin_family = AF_INET;
    v4.sin_port = htons(endpoint.port);
    ::inet_pton(AF_INET, endpoint.host.c_str(), &v4.sin_addr);
    size = sizeof v4;
  }
  fd_ = ::socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval patience{.tv_sec = kPatienceMs / 1000, .tv_usec = 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (fd_ < 0 || ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), size) != 0) {
    if (fd_ >= 0) ::close(fd_);
    throw std::runtime_error("RawConnection: cannot connect");
  }
}

RawConnection::~RawConnection() { ::close(fd_); }

bool RawConnection::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

std::string RawConnection::receive(std::size_t most) {
  std::string all;
  char piece[65536];
  while (all.size() < most) {
    const ssize_t got = ::recv(fd_, piece, std::min(sizeof piece, most - all.size()), 0);
    if (got <= 0) break;
    all.append(piece, static_cast<std::size_t>(got));
  }
  return all;
}

bool eventually(const std::function<bool()>& holds) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(kPatienceMs);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

}  // namespace timeservice::test
