// Apache Thrift's own servers for C++, with generated code for one protocol (cpp:templates) and
// the buffers of thrift_buffer.h: `threaded` and `threadpool`, buffered; `nonblocking`, framed,
// with one event loop, as is its standard, and a pool for handlers. With several loops (0.17),
// one stop in fifty, just when clients connected, did not end.
#include <array>
#include <exception>
#include <memory>
#include <thread>

#include <thrift/concurrency/ThreadFactory.h>
#include <thrift/concurrency/ThreadManager.h>
#include <thrift/protocol/TBinaryProtocol.h>
#include <thrift/server/TNonblockingServer.h>
#include <thrift/server/TThreadPoolServer.h>
#include <thrift/server/TThreadedServer.h>
#include <thrift/transport/TBufferTransports.h>
#include <thrift/transport/TNonblockingServerSocket.h>
#include <thrift/transport/TServerSocket.h>

#include "Peer.h"
#include "bench/peers/cpp/peer_server.h"
#include "bench/peers/cpp/thrift_buffer.h"
#include "bench/peers/cpp/thrift_handler.h"
#include "wire/names.h"

namespace {

using namespace timeservice;
using apache::thrift::concurrency::ThreadFactory;
using apache::thrift::concurrency::ThreadManager;
using apache::thrift::protocol::TBinaryProtocolFactoryT;
using apache::thrift::protocol::TBinaryProtocolT;
using apache::thrift::server::TNonblockingServer;
using apache::thrift::server::TServer;
using apache::thrift::server::TThreadedServer;
using apache::thrift::server::TThreadPoolServer;
using apache::thrift::transport::TBufferBase;
using apache::thrift::transport::TBufferedTransport;
using apache::thrift::transport::TNonblockingServerSocket;
using apache::thrift::transport::TServerSocket;
using apache::thrift::transport::TTransport;
using apache::thrift::transport::TTransportFactory;

constexpr std::size_t kThreads = 16;
constexpr auto kHost = "127.0.0.1";

/// The server calls it when it listens; only then is there a port.
template <typename Socket>
class SayReady : public apache::thrift::server::TServerEventHandler {
 public:
  explicit SayReady(std::shared_ptr<Socket> socket) : socket_(std::move(socket)) {}
  void preServe() override { peers::say_ready(port(*socket_)); }

 private:
  static int port(TServerSocket& socket) { return socket.getPort(); }
  static int port(TNonblockingServerSocket& socket) { return socket.getListenPort(); }

  std::shared_ptr<Socket> socket_;
};

/// What all of its buffers have in common. Through TProtocol, each of 10,000 doubles would be a
/// virtual call.
using ProtocolFactory = TBinaryProtocolFactoryT<TBufferBase>;
using Processor = PeerProcessorT<TBinaryProtocolT<TBufferBase>>;

std::shared_ptr<Processor> make_processor() {
  return std::make_shared<Processor>(std::make_shared<peers::ThriftHandler>());
}

/// As TBufferedTransportFactory, which has no choice of the size.
class BufferedFactory : public TTransportFactory {
 public:
  std::shared_ptr<TTransport> getTransport(std::shared_ptr<TTransport> socket) override {
    return std::make_shared<TBufferedTransport>(socket, peers::kThriftBufferBytes);
  }
};

std::shared_ptr<ThreadManager> make_pool(const peers::ServerOptions& options) {
  auto pool = ThreadManager::newSimpleThreadManager(options.threads.value_or(kThreads));
  pool->threadFactory(std::make_shared<ThreadFactory>());
  pool->start();
  return pool;
}

template <typename Server, typename... Pool>
std::shared_ptr<TServer> make_blocking(const peers::ServerOptions& options, Pool... pool) {
  const auto socket = std::make_shared<TServerSocket>(kHost, options.port);
  const auto server = std::make_shared<Server>(make_processor(), socket, std::make_shared<BufferedFactory>(),
                                               std::make_shared<ProtocolFactory>(), pool...);
  server->setServerEventHandler(std::make_shared<SayReady<TServerSocket>>(socket));
  return server;
}

std::shared_ptr<TServer> make_threaded(const peers::ServerOptions& options) {
  return make_blocking<TThreadedServer>(options);
}

std::shared_ptr<TServer> make_threadpool(const peers::ServerOptions& options) {
  return make_blocking<TThreadPoolServer>(options, make_pool(options));
}

/// Waits for its pool at its end, which TNonblockingServer (0.17) leaves to its owner: a call
/// that ends after it would use a connection that is gone.
class NonblockingServer : public TNonblockingServer {
 public:
  using TNonblockingServer::TNonblockingServer;
  void serve() override {
    TNonblockingServer::serve();
    getThreadManager()->stop();
  }
};

std::shared_ptr<TServer> make_nonblocking(const peers::ServerOptions& options) {
  const auto socket = std::make_shared<TNonblockingServerSocket>(kHost, options.port);
  const auto server = std::make_shared<NonblockingServer>(
      make_processor(), std::make_shared<ProtocolFactory>(), socket, make_pool(options));
  server->setServerEventHandler(std::make_shared<SayReady<TNonblockingServerSocket>>(socket));
  return server;
}

struct ServerRow {
  std::string_view name;
  std::shared_ptr<TServer> (*make)(const peers::ServerOptions& options);
};

constexpr auto kServers = std::to_array<ServerRow>(
    {{"threaded", make_threaded}, {"threadpool", make_threadpool}, {"nonblocking", make_nonblocking}});

void serve(const peers::ServerOptions& options, peers::EndSignal& end) {
  const auto server = wire::row_named(kServers, options.kind).make(options);
  std::thread ender([&] {
    end.wait();
    server->stop();
  });
  std::exception_ptr failure;
  try {
    server->serve();
  } catch (...) {
    failure = std::current_exception();
  }
  // It may have come here without a signal.
  peers::EndSignal::raise();
  ender.join();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace

int main(int argc, char** argv) {
  return peers::run_peer_server("apache_server", argc, argv,
                                peers::KindFlag{"server", wire::names_of(kServers), "threadpool"}, serve);
}
