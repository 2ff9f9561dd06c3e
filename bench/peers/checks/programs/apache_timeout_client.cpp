// apache_timeout_client PORT MILLISECONDS: get_time with that timeout, by Apache Thrift's
// client for C++. Prints how many milliseconds it took, and the exit code is 1 if it threw.
#include <chrono>
#include <iostream>
#include <memory>
#include <string>

#include <thrift/protocol/TBinaryProtocol.h>
#include <thrift/transport/TBufferTransports.h>
#include <thrift/transport/TSocket.h>

#include "Peer.h"

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const auto begun = std::chrono::steady_clock::now();
  bool thrown = false;
  try {
    const auto socket = std::make_shared<apache::thrift::transport::TSocket>("127.0.0.1", std::stoi(argv[1]));
    socket->setRecvTimeout(std::stoi(argv[2]));
    const auto transport = std::make_shared<apache::thrift::transport::TBufferedTransport>(socket);
    PeerClient client(std::make_shared<apache::thrift::protocol::TBinaryProtocol>(transport));
    transport->open();
    std::string reply;
    client.get_time(reply);
  } catch (const apache::thrift::TException&) {
    thrown = true;
  }
  std::cout << std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun)
                   .count()
            << std::endl;
  return thrown ? 1 : 0;
}
