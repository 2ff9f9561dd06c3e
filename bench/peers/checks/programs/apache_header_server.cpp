// apache_header_server: Apache Thrift's TThreadedServer for C++ with THeaderProtocol, which finds out
// what its clients speak.
#include <iostream>
#include <memory>

#include <thrift/protocol/THeaderProtocol.h>
#include <thrift/server/TThreadedServer.h>
#include <thrift/transport/TServerSocket.h>
#include <thrift/transport/TTransport.h>

#include "Peer.h"
#include "bench/peers/cpp/thrift_handler.h"

namespace {

using apache::thrift::protocol::THeaderProtocolFactory;
using apache::thrift::transport::TServerSocket;
using apache::thrift::transport::TTransportFactory;

struct SayReady : apache::thrift::server::TServerEventHandler {
  explicit SayReady(std::shared_ptr<TServerSocket> its) : socket(std::move(its)) {}
  void preServe() override { std::cout << "ready: 127.0.0.1:" << socket->getPort() << std::endl; }
  std::shared_ptr<TServerSocket> socket;
};

}  // namespace

int main() {
  const auto socket = std::make_shared<TServerSocket>("127.0.0.1", 0);
  const auto handler = std::make_shared<timeservice::peers::ThriftHandler>();
  const auto sockets = std::make_shared<TTransportFactory>();
  // It answers by the protocol that it read with: there is none of its own for what is written.
  apache::thrift::server::TThreadedServer server(std::make_shared<PeerProcessor>(handler), socket, sockets,
                                                 sockets, std::make_shared<THeaderProtocolFactory>(),
                                                 nullptr);
  server.setServerEventHandler(std::make_shared<SayReady>(socket));
  server.serve();
}
