// Hosts a service of its own, whose calls take as long as they are told to:
// echo-server MODE ENDPOINT
#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "Echo.h"
#include "server/host/host.h"
#include "server/host/log.h"
#include "server/host/run_server.h"
#include "server/host/serve_until_signal.h"
#include "server/host/signals.h"

using namespace timeservice;

struct EchoHandler : echo_service::EchoNull {
  void echo(std::string& reply, const std::string& token) override { reply = token; }
  void block(std::string& reply, const std::string& token) override {
    std::this_thread::sleep_for(std::chrono::milliseconds(std::stoi(token)));
    reply = token;
  }
};

int main(int, char** argv) {
  return host::run_server("echo-server", [&] {
    host::Signals signals;
    const auto log = host::make_log();
    host::HostOptions options;
    options.mode = argv[1];
    options.listen = {wire::parse_endpoint(argv[2])};
    const auto processor =
        std::make_shared<echo_service::EchoProcessorT<wire::BinaryProtocol>>(std::make_shared<EchoHandler>());
    host::Host host(options, processor, log);
    return host::serve_until_signal(host, signals, log, {.drain_timeout = std::chrono::seconds(2)});
  });
}
