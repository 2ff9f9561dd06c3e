// Asks a time server: what-time-is-it ENDPOINT
#include <iostream>

#include "client/time_client.h"

int main(int, char** argv) {
  timeservice::client::ClientOptions options;
  options.endpoints = {timeservice::wire::parse_endpoint(argv[1])};
  std::cout << timeservice::client::TimeClient(options).get_time() << '\n';
}
