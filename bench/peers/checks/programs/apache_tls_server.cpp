// apache_tls_server CERTIFICATE KEY: Apache Thrift's TThreadedServer for C++ over TLS, as
// it comes.
#include <iostream>
#include <memory>

#include <thrift/protocol/TBinaryProtocol.h>
#include <thrift/server/TThreadedServer.h>
#include <thrift/transport/TBufferTransports.h>
#include <thrift/transport/TSSLServerSocket.h>
#include <thrift/transport/TSSLSocket.h>

#include "Peer.h"
#include "bench/peers/cpp/thrift_handler.h"

namespace {

using apache::thrift::protocol::TBinaryProtocolFactory;
using apache::thrift::transport::TBufferedTransportFactory;
using apache::thrift::transport::TSSLServerSocket;

struct SayReady : apache::thrift::server::TServerEventHandler {
  explicit SayReady(std::shared_ptr<TSSLServerSocket> its) : socket(std::move(its)) {}
  void preServe() override { std::cout << "ready: 127.0.0.1:" << socket->getPort() << std::endl; }
  std::shared_ptr<TSSLServerSocket> socket;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const auto tls = std::make_shared<apache::thrift::transport::TSSLSocketFactory>();
  tls->loadCertificate(argv[1]);
  tls->loadPrivateKey(argv[2]);
  const auto socket = std::make_shared<TSSLServerSocket>("127.0.0.1", 0, tls);
  const auto handler = std::make_shared<timeservice::peers::ThriftHandler>();
  apache::thrift::server::TThreadedServer server(std::make_shared<PeerProcessor>(handler), socket,
                                                 std::make_shared<TBufferedTransportFactory>(),
                                                 std::make_shared<TBinaryProtocolFactory>());
  server.setServerEventHandler(std::make_shared<SayReady>(socket));
  server.serve();
}
