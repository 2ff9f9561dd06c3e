#pragma once

#include <string>

#include "client/client_options.h"
#include "wire/tls.h"

namespace timeservice::client {

/// What the TLS connections of a client share, made of ClientOptions::tls; null where no
/// endpoint has TLS. Its files are read here, and not again. Throws std::invalid_argument
/// that names the file, the flag and the fix.
wire::TlsContext make_client_tls(const ClientOptions& options);

/// What the certificate of an endpoint's server must be for.
std::string tls_server_name(const wire::Endpoint& endpoint, const ClientOptions& options);

}  // namespace timeservice::client
