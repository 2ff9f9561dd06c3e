// grpc_timeout_client PORT MILLISECONDS: GetTime with that deadline, by gRPC for C++. Prints
// how many milliseconds it took, and the exit code is 1 if the call failed.
#include <chrono>
#include <iostream>
#include <string>

#include <grpcpp/grpcpp.h>

#include "peer.grpc.pb.h"

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const auto begun = std::chrono::steady_clock::now();
  const auto stub = peer::Peer::NewStub(
      grpc::CreateChannel(std::string("127.0.0.1:") + argv[1], grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(std::stoi(argv[2])));
  peer::TimeReply reply;
  const grpc::Status status = stub->GetTime(&context, {}, &reply);
  std::cout << std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun)
                   .count()
            << std::endl;
  return status.ok() ? 0 : 1;
}
