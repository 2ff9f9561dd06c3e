#include <iostream>

#include <grpcpp/grpcpp.h>

#include "time.grpc.pb.h"

int main() {
  const auto channel = grpc::CreateChannel("localhost:50051", grpc::InsecureChannelCredentials());
  grpc::ClientContext context;
  time_service::TimeReply reply;
  const grpc::Status status = time_service::Time::NewStub(channel)->GetTime(&context, {}, &reply);
  if (!status.ok()) {
    std::cerr << status.error_message() << '\n';
    return 1;
  }
  std::cout << reply.message() << '\n';
}
