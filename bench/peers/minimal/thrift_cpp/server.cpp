#include <ctime>
#include <memory>
#include <string>

#include <thrift/protocol/TBinaryProtocol.h>
#include <thrift/server/TThreadedServer.h>
#include <thrift/transport/TBufferTransports.h>
#include <thrift/transport/TServerSocket.h>

#include "TimeService.h"

using namespace apache::thrift;

struct TimeHandler : TimeServiceIf {
  void get_time(std::string& reply) override {
    const std::time_t now = std::time(nullptr);
    char text[26];
    reply.assign(ctime_r(&now, text), 24);
  }
};

int main() {
  server::TThreadedServer server(std::make_shared<TimeServiceProcessor>(std::make_shared<TimeHandler>()),
                                 std::make_shared<transport::TServerSocket>("localhost", 9090),
                                 std::make_shared<transport::TBufferedTransportFactory>(),
                                 std::make_shared<protocol::TBinaryProtocolFactory>());
  server.serve();
}
