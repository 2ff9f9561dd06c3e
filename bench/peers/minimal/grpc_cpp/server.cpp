#include <ctime>

#include <grpcpp/grpcpp.h>

#include "time.grpc.pb.h"

struct Timer final : time_service::Time::Service {
  grpc::Status GetTime(grpc::ServerContext*, const time_service::TimeRequest*,
                       time_service::TimeReply* reply) override {
    const std::time_t now = std::time(nullptr);
    char text[26];
    reply->set_message(ctime_r(&now, text), 24);
    return grpc::Status::OK;
  }
};

int main() {
  Timer timer;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("localhost:50051", grpc::InsecureServerCredentials());
  builder.RegisterService(&timer);
  builder.BuildAndStart()->Wait();
}
