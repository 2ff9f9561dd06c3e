#include "client/dial.h"

#include <netdb.h>
#include <sys/un.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "client/client_socket.h"
#include "client/error_translation.h"
#include "client/tls_transport.h"

namespace timeservice::client {
namespace {

using apache::thrift::transport::TTransport;
using apache::thrift::transport::TTransportException;

using Addresses = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

Addresses resolve(const wire::Endpoint& endpoint) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(endpoint.host.c_str(), std::to_string(endpoint.port).c_str(), &hints, &found);
  if (error != 0) throw resolve_error(endpoint, error);
  return {found, freeaddrinfo};
}

std::string name_of(const addrinfo& address) {
  char name[NI_MAXHOST] = "";
  getnameinfo(address.ai_addr, address.ai_addrlen, name, sizeof(name), nullptr, 0, NI_NUMERICHOST);
  return name;
}

/// One endpoint's addresses, tried one after another.
class Attempts {
 public:
  Attempts(const wire::Endpoint& endpoint, const ClientOptions& options, const wire::TlsContext& tls)
      : endpoint_(endpoint), options_(options), tls_(tls) {}

  /// Null if it does not work.
  std::shared_ptr<TTransport> at(const sockaddr* address, socklen_t size, const std::string& name) {
    const auto end = std::chrono::steady_clock::now() + options_.connect_timeout;
    try {
      auto socket = std::make_shared<ClientSocket>(address->sa_family, options_);
      socket->connect(address, size);
      if (!endpoint_.tls) return socket;
      auto secure = std::make_shared<TlsTransport>(std::move(socket), tls_, endpoint_, options_);
      secure->handshake(end);
      return secure;
    } catch (const TlsRefused& refused) {
      failures_.push_back({name, kNoTls, refused.why()});
    } catch (const SocketError& error) {
      failures_.push_back({name, error.number()});
    } catch (const TTransportException&) {
      failures_.push_back({name, kNoAnswer});
    }
    return nullptr;
  }

  ConnectError error() const { return connect_error(endpoint_, options_, failures_); }

 private:
  const wire::Endpoint& endpoint_;
  const ClientOptions& options_;
  const wire::TlsContext& tls_;
  std::vector<ConnectFailure> failures_;
};

}  // namespace

std::shared_ptr<TTransport> dial(const wire::Endpoint& endpoint, const ClientOptions& options,
                                 const wire::TlsContext& tls) {
  Attempts attempts(endpoint, options, tls);
  if (endpoint.is_unix()) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    endpoint.path.copy(address.sun_path, sizeof(address.sun_path) - 1);
    const auto* any = reinterpret_cast<const sockaddr*>(&address);
    if (auto connected = attempts.at(any, sizeof(address), endpoint.path)) return connected;
  } else {
    const Addresses addresses = resolve(endpoint);
    for (const addrinfo* next = addresses.get(); next != nullptr; next = next->ai_next) {
      if (auto connected = attempts.at(next->ai_addr, next->ai_addrlen, name_of(*next))) return connected;
    }
  }
  throw attempts.error();
}

}  // namespace timeservice::client
