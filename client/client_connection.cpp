#include "client/client_connection.h"

#include <thrift/transport/TSocket.h>

#include "client/error_translation.h"

namespace timeservice::client {
namespace {

using apache::thrift::transport::TSocket;
using apache::thrift::transport::TTransportException;

std::shared_ptr<TSocket> open_socket(const wire::Endpoint& endpoint, const ClientOptions& options) {
  const auto socket = endpoint.is_unix() ? std::make_shared<TSocket>(endpoint.path)
                                         : std::make_shared<TSocket>(endpoint.host, endpoint.port);
  socket->setConnTimeout(static_cast<int>(options.connect_timeout.count()));
  socket->setSendTimeout(static_cast<int>(options.send_timeout.count()));
  socket->setRecvTimeout(static_cast<int>(options.receive_timeout.count()));
  // Thrift's default lingers for 0 s, which resets the connection at close(): the
  // server would count an error for each client that is done.
  socket->setLinger(false, 0);
  try {
    socket->open();
  } catch (const TTransportException& error) {
    throw connect_error(endpoint, options, error);
  }
  return socket;
}

std::shared_ptr<ReplyGuard> open_protocol(const wire::Endpoint& endpoint, const ClientOptions& options) {
  const auto transport =
      wire::make_transport(options.transport, open_socket(endpoint, options), options.limits);
  return std::make_shared<ReplyGuard>(wire::make_protocol(options.protocol, transport, options.limits));
}

}  // namespace

ClientConnection::ClientConnection(const wire::Endpoint& endpoint, const ClientOptions& options)
    : endpoint_(endpoint), options_(options), guard_(open_protocol(endpoint, options)), client_(guard_) {}

void ClientConnection::call(const Calls& calls) {
  try {
    calls(client_);
  } catch (...) {
    rethrow_as_client_error({.endpoint = endpoint_,
                             .options = options_,
                             .method = guard_->method(),
                             .receiving = guard_->receiving()});
  }
}

}  // namespace timeservice::client
