#include <iostream>
#include <memory>
#include <string>

#include <thrift/protocol/TBinaryProtocol.h>
#include <thrift/transport/TBufferTransports.h>
#include <thrift/transport/TSocket.h>

#include "TimeService.h"

using namespace apache::thrift;

int main() {
  const auto transport = std::make_shared<transport::TBufferedTransport>(
      std::make_shared<transport::TSocket>("localhost", 9090));
  TimeServiceClient client(std::make_shared<protocol::TBinaryProtocol>(transport));
  try {
    transport->open();
    std::string time;
    client.get_time(time);
    std::cout << time << '\n';
    transport->close();
  } catch (const TException& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
