// This project's host, in each of its modes.
#include <chrono>
#include <memory>

#include <fmt/format.h>

#include "Peer.h"
#include "bench/peers/cpp/peer_server.h"
#include "bench/peers/cpp/thrift_handler.h"
#include "server/host/host.h"
#include "server/host/log.h"
#include "server/host/modes.h"
#include "wire/direct_processor.h"
#include "wire/names.h"
#include "wire/protocol.h"

namespace {

using namespace timeservice;

void serve(const peers::ServerOptions& given, peers::EndSignal& end) {
  const auto log = host::make_log(wire::row_named(host::kLogLevels, "warning"));
  host::route_thrift_output(log);
  host::HostOptions options;
  options.mode = given.kind;
  options.listen = {wire::parse_endpoint(fmt::format("127.0.0.1:{}", given.port))};
  // As it comes, unless --threads says that handlers block; a mode without a pool has no use for it.
  if (wire::row_named(host::kModes, given.kind).takes_threads) options.threads = given.threads;

  const auto handler = std::make_shared<peers::ThriftHandler>();
  host::Host server(
      options, std::make_shared<wire::DirectProcessor<PeerProcessorT, wire::BinaryProtocol>>(handler), log);
  server.start();
  peers::say_ready(server.endpoints().front().port);
  end.wait();
  server.drain(std::chrono::seconds(1));
}

}  // namespace

int main(int argc, char** argv) {
  return peers::run_peer_server("thrift_host_server", argc, argv,
                                peers::KindFlag{"mode", wire::names_of(host::kModes), "reactor"}, serve);
}
