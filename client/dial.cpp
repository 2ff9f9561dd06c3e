#include "client/dial.h"

#include <netdb.h>
#include <sys/un.h>

#include <string>
#include <vector>

#include "client/error_translation.h"

namespace timeservice::client {
namespace {

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

/// Null if it does not work, and then one more of `failures`.
std::shared_ptr<ClientSocket> try_address(const sockaddr* address, socklen_t size, const std::string& name,
                                          const ClientOptions& options,
                                          std::vector<ConnectFailure>& failures) {
  try {
    auto socket = std::make_shared<ClientSocket>(address->sa_family, options);
    socket->connect(address, size);
    return socket;
  } catch (const SocketError& error) {
    failures.push_back({name, error.number()});
  } catch (const TTransportException&) {
    failures.push_back({name, kNoAnswer});
  }
  return nullptr;
}

}  // namespace

std::shared_ptr<ClientSocket> dial(const wire::Endpoint& endpoint, const ClientOptions& options) {
  std::vector<ConnectFailure> failures;
  if (endpoint.is_unix()) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    endpoint.path.copy(address.sun_path, sizeof(address.sun_path) - 1);
    const auto* any = reinterpret_cast<const sockaddr*>(&address);
    if (auto socket = try_address(any, sizeof(address), endpoint.path, options, failures)) return socket;
  } else {
    const Addresses addresses = resolve(endpoint);
    for (const addrinfo* next = addresses.get(); next != nullptr; next = next->ai_next) {
      auto socket = try_address(next->ai_addr, next->ai_addrlen, name_of(*next), options, failures);
      if (socket) return socket;
    }
  }
  throw connect_error(endpoint, options, failures);
}

}  // namespace timeservice::client
