// gRPC's synchronous server: a thread for each call, as many as are needed (--threads does nothing).
#include "bench/peers/cpp/grpc_server.h"
#include "bench/peers/cpp/peer_service.h"
#include "peer.grpc.pb.h"

namespace {

using namespace timeservice;
using grpc::ServerContext;
using grpc::Status;

class SyncService final : public peer::Peer::Service {
  Status GetTime(ServerContext*, const peer::TimeRequest*, peer::TimeReply* reply) override {
    reply->set_time(peers::ctime_now());
    return Status::OK;
  }
  Status Echo(ServerContext*, const peer::EchoRequest* request, peer::EchoReply* reply) override {
    reply->set_payload(request->payload());
    return Status::OK;
  }
  Status Prices(ServerContext*, const peer::PricesRequest* request, peer::PricesReply* reply) override {
    reply->mutable_prices()->Reserve(request->count());
    for (int index = 0; index < request->count(); ++index) reply->add_prices(peers::price(index));
    return Status::OK;
  }
  Status Wait(ServerContext*, const peer::WaitRequest* request, peer::WaitReply* reply) override {
    peers::sleep_for(request->milliseconds());
    reply->set_milliseconds(request->milliseconds());
    return Status::OK;
  }
};

void serve(const peers::ServerOptions& options, peers::EndSignal& end) {
  SyncService service;
  peers::serve_grpc(service, options, end);
}

}  // namespace

int main(int argc, char** argv) { return peers::run_peer_server("grpc_sync_server", argc, argv, {}, serve); }
