#include "bench/peers/cpp/grpc_server.h"

#include <chrono>
#include <stdexcept>

#include <fmt/format.h>

namespace timeservice::peers {

void serve_grpc(grpc::Service& service, const ServerOptions& options, EndSignal& end) {
  grpc::ServerBuilder builder;
  int port = 0;
  // Without it, a second server on a taken port would share it.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddListeningPort(fmt::format("127.0.0.1:{}", options.port), grpc::InsecureServerCredentials(),
                           &port);
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (!server || port == 0)
    throw std::runtime_error(fmt::format("cannot listen on 127.0.0.1:{}", options.port));
  say_ready(port);
  end.wait();
  // Calls under way may finish for a second.
  server->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(1));
}

}  // namespace timeservice::peers
