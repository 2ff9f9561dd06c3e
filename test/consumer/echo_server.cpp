// Hosts a service of its own: echo-server [MODE [ENDPOINT]]
#include <chrono>
#include <thread>

#include "Echo.h"
#include "server/host/host.h"
#include "server/host/log.h"
#include "server/host/serve_until_signal.h"

using namespace timeservice;

struct EchoHandler : echo_service::EchoNull {
  void echo(std::string& reply, const std::string& token) override { reply = token; }
  void block(std::string& reply, const std::string& token) override {
    std::this_thread::sleep_for(std::chrono::milliseconds(std::stoi(token)));
    reply = token;
  }
};

int main(int argc, char** argv) {
  host::Signals signals;
  const auto log = host::make_log(host::kLogLevels[1], host::kLogFormats[0]);
  host::HostOptions options;
  if (argc > 1) options.mode = argv[1];
  if (argc > 2) options.listen = {wire::parse_endpoint(argv[2])};
  const auto processor =
      std::make_shared<echo_service::EchoProcessorT<wire::BinaryProtocol>>(std::make_shared<EchoHandler>());
  host::Host host(options, processor, log);
  return host::serve_until_signal(host, signals, log, std::chrono::seconds(2));
}
