// gRPC's callback server: handlers run in gRPC's own threads, and must not block (--threads does nothing).
#include <chrono>

#include <grpcpp/alarm.h>

#include "bench/peers/cpp/grpc_server.h"
#include "bench/peers/cpp/peer_service.h"
#include "peer.grpc.pb.h"

namespace {

using namespace timeservice;
using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;
using grpc::Status;

/// Finishes its call when the time has come, without a thread meanwhile.
class WaitReactor final : public ServerUnaryReactor {
 public:
  explicit WaitReactor(std::int32_t milliseconds) {
    alarm_.Set(std::chrono::system_clock::now() + std::chrono::milliseconds(milliseconds),
               [this](bool) { Finish(Status::OK); });
  }

 private:
  void OnDone() override { delete this; }

  grpc::Alarm alarm_;
};

class CallbackService final : public peer::Peer::CallbackService {
  ServerUnaryReactor* GetTime(CallbackServerContext* context, const peer::TimeRequest*,
                              peer::TimeReply* reply) override {
    reply->set_time(peers::ctime_now());
    return finished(context);
  }
  ServerUnaryReactor* Echo(CallbackServerContext* context, const peer::EchoRequest* request,
                           peer::EchoReply* reply) override {
    reply->set_payload(request->payload());
    return finished(context);
  }
  ServerUnaryReactor* Prices(CallbackServerContext* context, const peer::PricesRequest* request,
                             peer::PricesReply* reply) override {
    reply->mutable_prices()->Reserve(request->count());
    for (int index = 0; index < request->count(); ++index) reply->add_prices(peers::price(index));
    return finished(context);
  }
  ServerUnaryReactor* Wait(CallbackServerContext*, const peer::WaitRequest* request,
                           peer::WaitReply* reply) override {
    reply->set_milliseconds(request->milliseconds());
    return new WaitReactor(request->milliseconds());  // deletes itself
  }

  static ServerUnaryReactor* finished(CallbackServerContext* context) {
    ServerUnaryReactor* const reactor = context->DefaultReactor();
    reactor->Finish(Status::OK);
    return reactor;
  }
};

void serve(const peers::ServerOptions& options, peers::EndSignal& end) {
  CallbackService service;
  peers::serve_grpc(service, options, end);
}

}  // namespace

int main(int argc, char** argv) {
  return peers::run_peer_server("grpc_callback_server", argc, argv, {}, serve);
}
