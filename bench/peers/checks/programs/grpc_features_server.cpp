// grpc_features_server [CERTIFICATE KEY]: gRPC for C++ with what it brings for operators
// switched on: health, reflection, channelz and, with a certificate, TLS. Also a stream, and the
// deadline as a handler sees it.
#include <algorithm>
#include <chrono>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include <grpcpp/ext/channelz_service_plugin.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>

#include "features.grpc.pb.h"

namespace {

using std::chrono::milliseconds;
using std::chrono::system_clock;

struct Features final : features::Features::Service {
  grpc::Status Count(grpc::ServerContext*, const features::Number* request,
                     grpc::ServerWriter<features::Number>* writer) override {
    features::Number number;
    for (int i = 0; i < request->number(); ++i) {
      number.set_number(i);
      if (!writer->Write(number)) break;
    }
    return grpc::Status::OK;
  }

  grpc::Status TimeLeft(grpc::ServerContext* context, const features::Number*,
                        features::Number* reply) override {
    // Without a deadline it is infinitely far.
    if (context->deadline() < system_clock::now() + std::chrono::hours(1)) {
      const auto left = std::chrono::duration_cast<milliseconds>(context->deadline() - system_clock::now());
      reply->set_number(static_cast<int>(left.count()));
    }
    return grpc::Status::OK;
  }
};

std::string file(const char* path) {
  std::ifstream stream(path);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::shared_ptr<grpc::ServerCredentials> credentials(int argc, char** argv) {
  if (argc < 3) return grpc::InsecureServerCredentials();
  grpc::SslServerCredentialsOptions options;
  options.pem_key_cert_pairs = {{file(argv[2]), file(argv[1])}};
  return grpc::SslServerCredentials(options);
}

}  // namespace

int main(int argc, char** argv) {
  grpc::EnableDefaultHealthCheckService(true);
  grpc::channelz::experimental::InitChannelzService();
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  Features service;
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", credentials(argc, argv), &port);
  builder.RegisterService(&service);
  const auto server = builder.BuildAndStart();
  if (!server || port == 0) {
    std::cerr << "grpc_features_server: cannot listen, or cannot use the certificate\n";
    return 1;
  }
  std::cout << "ready: 127.0.0.1:" << port << std::endl;
  server->Wait();
}
