#include "client/client_tls.h"

#include <algorithm>
#include <stdexcept>
#include <string_view>

#include <fmt/format.h>

namespace timeservice::client {
namespace {

std::string_view flag_of(wire::TlsFileError::File file) {
  using File = wire::TlsFileError::File;
  switch (file) {
    case File::kCa:
      return "--tls-ca";
    case File::kCertificate:
      return "--tls-cert";
    case File::kKey:
      return "--tls-key";
    case File::kNone:
      break;
  }
  return "--tls";
}

}  // namespace

wire::TlsContext make_client_tls(const ClientOptions& options) {
  const auto has_tls = [](const wire::Endpoint& endpoint) { return endpoint.tls; };
  if (!options.tls.on && std::none_of(options.endpoints.begin(), options.endpoints.end(), has_tls)) {
    return nullptr;
  }
  try {
    return wire::make_tls_client(
        {.certificate = options.tls.certificate, .key = options.tls.key, .ca = options.tls.ca});
  } catch (const wire::TlsFileError& error) {
    throw std::invalid_argument(fmt::format("{}: {}", flag_of(error.file()), error.what()));
  }
}

std::string tls_server_name(const wire::Endpoint& endpoint, const ClientOptions& options) {
  return options.tls.server_name.empty() ? endpoint.host : options.tls.server_name;
}

}  // namespace timeservice::client
