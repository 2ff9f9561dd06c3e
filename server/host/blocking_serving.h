#pragma once

#include <functional>
#include <memory>

#include <thrift/TProcessor.h>
#include <thrift/server/TServer.h>
#include <thrift/transport/TServerTransport.h>

#include "server/host/gate.h"
#include "server/host/modes.h"
#include "server/host/session.h"

namespace timeservice::host {

/// What a stock server that blocks a thread for a connection is built from here,
/// so that it keeps its threads and its accept loop, and nothing else: its
/// "accept" takes from the Gate, its "processor" is a Session, its "close" gives a
/// connection that has fallen silent back to the Gate.
class BlockingServing {
 public:
  /// `wait_for_bytes` as in SessionParts; `before_dispatch`, if any, is called with
  /// each connection that is about to be given to the server.
  BlockingServing(const ModeParts& parts, std::function<bool(int fd)> wait_for_bytes,
                  std::function<void()> before_dispatch = nullptr);

  std::shared_ptr<apache::thrift::transport::TServerTransport> server_transport();
  std::shared_ptr<apache::thrift::TProcessorFactory> processor_factory();
  std::shared_ptr<apache::thrift::transport::TTransportFactory> transport_factory();
  std::shared_ptr<apache::thrift::protocol::TProtocolFactory> protocol_factory();

  Gate& gate() { return gate_; }

 private:
  Gate gate_;
  SessionParts session_parts_;
  std::function<void()> before_dispatch_;
};

}  // namespace timeservice::host
