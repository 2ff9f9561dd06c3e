// Apache Thrift's client for C++, as its compiler generates it: binary protocol; a thread
// for each connection, or one with many calls under way.
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include <thrift/protocol/TBinaryProtocol.h>
#include <thrift/transport/TBufferTransports.h>
#include <thrift/transport/TSocket.h>

#include "Peer.h"
#include "bench/peers/cpp/peer_client.h"
#include "bench/peers/cpp/peer_main.h"
#include "bench/peers/cpp/thrift_buffer.h"

namespace {

using namespace timeservice::peers;
using apache::thrift::protocol::TBinaryProtocol;
using apache::thrift::transport::TBufferedTransport;
using apache::thrift::transport::TFramedTransport;
using apache::thrift::transport::TSocket;
using apache::thrift::transport::TTransport;

/// What the kernel holds for a client that writes many requests before it reads a reply.
constexpr std::size_t kUnreadBytes = 128 * 1024;

/// A generated client, connected.
struct Link {
  Link(int port, bool framed) : transport(make_transport(port, framed)) { transport->open(); }

  static std::shared_ptr<TTransport> make_transport(int port, bool framed) {
    const auto socket = std::make_shared<TSocket>("127.0.0.1", port);
    if (framed) return std::make_shared<TFramedTransport>(socket);
    return std::make_shared<TBufferedTransport>(socket, kThriftBufferBytes);
  }

  std::shared_ptr<TTransport> transport;
  PeerClient client{std::make_shared<TBinaryProtocol>(transport)};
  std::string text = {};
  std::vector<double> prices = {};
};

class ThriftConnection : public Connection {
 public:
  ThriftConnection(int port, bool framed, const Workload& workload)
      : link_(port, framed), workload_(workload) {}

  Reply call() override {
    switch (workload_.call()) {
      case Call::kGetTime:
        link_.client.get_time(link_.text);
        return {.text = link_.text};
      case Call::kEcho:
        link_.client.echo(link_.text, workload_.payload());
        return {.text = link_.text};
      case Call::kPrices:
        link_.client.prices(link_.prices, workload_.count());
        return {.prices = link_.prices};
      case Call::kWait:
        return {.milliseconds = link_.client.wait(workload_.milliseconds())};
    }
    return {};
  }

 private:
  Link link_;
  const Workload& workload_;
};

/// The two halves of each generated call: there is nothing else in the library for many
/// calls on one connection. The server must answer in order.
class ThriftWindow : public Window {
 public:
  ThriftWindow(int port, bool framed, const Workload& workload) : link_(port, framed), workload_(workload) {}

  void start(std::size_t slot) override {
    switch (workload_.call()) {
      case Call::kGetTime:
        link_.client.send_get_time();
        break;
      case Call::kEcho:
        link_.client.send_echo(workload_.payload());
        break;
      case Call::kPrices:
        link_.client.send_prices(workload_.count());
        break;
      case Call::kWait:
        link_.client.send_wait(workload_.milliseconds());
        break;
    }
    under_way_.push_back(slot);
  }

  Answer receive() override {
    const std::size_t slot = under_way_.front();
    under_way_.pop_front();
    switch (workload_.call()) {
      case Call::kGetTime:
        link_.client.recv_get_time(link_.text);
        return {slot, {.text = link_.text}};
      case Call::kEcho:
        link_.client.recv_echo(link_.text);
        return {slot, {.text = link_.text}};
      case Call::kPrices:
        link_.client.recv_prices(link_.prices);
        return {slot, {.prices = link_.prices}};
      case Call::kWait:
        return {slot, {.milliseconds = link_.client.recv_wait()}};
    }
    return {slot, {}};
  }

 private:
  Link link_;
  const Workload& workload_;
  std::deque<std::size_t> under_way_;
};

std::vector<Worker> connect(const ClientOptions& options, const Workload& workload, bool framed) {
  std::vector<Worker> workers;
  if (options.pipelined()) {
    if (workload.payload().size() * options.concurrency > kUnreadBytes) {
      throw Unsupported(
          "a client that sends so many bytes before it reads may wait for a server that waits for it");
    }
    auto window = std::make_unique<ThriftWindow>(options.port, framed, workload);
    workers.push_back(worker_of(std::move(window), options.concurrency, workload));
    return workers;
  }
  for (std::size_t index = 0; index < options.concurrency; ++index) {
    workers.push_back(
        worker_of(std::make_unique<ThriftConnection>(options.port, framed, workload), workload));
  }
  return workers;
}

}  // namespace

int main(int argc, char** argv) {
  bool framed = false;
  return run_peer_client("thrift_client", argc, argv,
                         {{"framed", "as nonblocking servers ask for; or it is buffered", framed}},
                         [&](const ClientOptions& options, const Workload& workload) {
                           return connect(options, workload, framed);
                         });
}
