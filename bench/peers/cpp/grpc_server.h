#pragma once

#include <memory>

#include <grpcpp/grpcpp.h>

#include "bench/peers/cpp/peer_server.h"

namespace timeservice::peers {

/// Serves a gRPC service until `end`, as calls come, without a pool of its own. Throws where it cannot
/// listen.
void serve_grpc(grpc::Service& service, const ServerOptions& options, EndSignal& end);

}  // namespace timeservice::peers
