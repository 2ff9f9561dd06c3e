#include <ctime>
#include <memory>
#include <string>

#include "TimeService.h"
#include "server/host/host.h"
#include "server/host/log.h"
#include "server/host/run_server.h"
#include "server/host/serve_until_signal.h"
#include "server/host/signals.h"

using namespace timeservice;

struct TimeHandler : TimeServiceIf {
  void get_time(std::string& reply) override {
    const std::time_t now = std::time(nullptr);
    char text[26];
    reply.assign(ctime_r(&now, text), 24);
  }
};

int main() {
  return host::run_server("server", [] {
    host::Signals signals;
    const auto log = host::make_log();
    host::HostOptions options;
    options.listen = {wire::parse_endpoint("localhost:9090")};
    const auto processor = std::make_shared<TimeServiceProcessor>(std::make_shared<TimeHandler>());
    host::Host server(options, processor, log);
    return host::serve_until_signal(server, signals, log);
  });
}
