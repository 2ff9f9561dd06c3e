#pragma once

#include <string>
#include <utility>
#include <vector>

#include "test/client/async_under_test.h"
#include "test/client/peer.h"
#include "test/client/tls_peer.h"

namespace timeservice::client {

/// A peer with TLS, whose certificate is that of `name`; see test/support/certificates.py.
inline Peer tls_peer(Peer::Script script, wire::TlsContext tls = server_tls("server"),
                     Peer::Address address = Peer::Address::kV4) {
  return Peer(std::move(script), address, {wire::Protocol::kBinary, wire::Transport::kBuffered},
              std::move(tls));
}

/// Options of a client that trusts the tests' CA, has no certificate, and tries once.
inline ClientOptions trusting(std::vector<wire::Endpoint> endpoints) {
  ClientOptions options = options_for(std::move(endpoints));
  options.tls.on = true;
  options.tls.ca = certificate("ca.pem");
  options.retry.retries = 0;
  return options;
}

/// And with the certificate of that name.
inline ClientOptions trusting_as(const std::string& name, std::vector<wire::Endpoint> endpoints) {
  ClientOptions options = trusting(std::move(endpoints));
  options.tls.certificate = certificate(name + ".pem");
  options.tls.key = certificate(name + ".key");
  return options;
}

/// The endpoint, as a client that is to use TLS there has it.
inline wire::Endpoint with_tls(wire::Endpoint endpoint) {
  endpoint.tls = true;
  return endpoint;
}

inline bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// The line of the E that a call fails with, the same from both kinds of client.
template <typename E>
std::string both_lines(const ClientOptions& options) {
  const std::string line = line_of<E>([&] { TimeClient(options).get_time(); });
  AsyncTimeClient client(options);
  const std::string other = failure<E>(client.get_time(kPatience));
  return line == other ? line : line + " BUT " + other;
}

}  // namespace timeservice::client
