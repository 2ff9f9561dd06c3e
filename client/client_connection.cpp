#include "client/client_connection.h"

#include "client/dial.h"
#include "client/error_translation.h"

namespace timeservice::client {
namespace {

std::shared_ptr<ReplyGuard> open_protocol(const wire::Endpoint& endpoint, const ClientOptions& options,
                                          const wire::TlsContext& tls) {
  const auto transport =
      wire::make_transport(options.transport, dial(endpoint, options, tls), options.limits);
  return std::make_shared<ReplyGuard>(wire::make_protocol(options.protocol, transport, options.limits));
}

}  // namespace

ClientConnection::ClientConnection(const wire::Endpoint& endpoint, const ClientOptions& options,
                                   const wire::TlsContext& tls)
    : endpoint_(endpoint), options_(options), guard_(open_protocol(endpoint, options, tls)) {}

void ClientConnection::call(const Calls& calls) {
  try {
    calls(guard_);
  } catch (...) {
    rethrow_as_client_error({.endpoint = endpoint_,
                             .options = options_,
                             .method = guard_->method(),
                             .receiving = guard_->receiving()});
  }
}

}  // namespace timeservice::client
