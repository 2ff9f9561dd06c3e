#include <cstdlib>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "TimeService.h"
#include "server/host/host.h"
#include "server/host/log.h"
#include "server/host/run_server.h"
#include "server/host/serve_until_signal.h"
#include "server/host/signals.h"
#include "server/server_options.h"
#include "server/time/arrival.h"
#include "server/time/clock/system_clock.h"
#include "server/time/time_handler.h"
#include "wire/protocol.h"

namespace {

using namespace timeservice;

int serve(const ServerOptions& options) {
  host::Signals signals;
  const auto log = host::make_log(*options.log_level, *options.log_format);
  host::route_thrift_output(log);
  for (const std::string& warning : options.warnings) log->warn("{}", warning);

  const clock::SystemClock clock;
  const auto handler = std::make_shared<TimeHandler>(clock, TIMESERVICE_VERSION);
  const auto processor = std::make_shared<TimeServiceProcessorT<wire::BinaryProtocol>>(handler);
  processor->setEventHandler(std::make_shared<ArrivalStamp>(clock));

  host::Host host(options.host, processor, log);
  return host::serve_until_signal(host, signals, log, options.drain_timeout);
}

}  // namespace

int main(int argc, char** argv) {
  return host::run_server("time-server", [&] {
    const ServerOptions options = parse_server_options(argc, argv);
    if (options.help) {
      fmt::print("{}", server_help());
      return EXIT_SUCCESS;
    }
    if (options.version) {
      fmt::print("time-server {}\n", TIMESERVICE_VERSION);
      return EXIT_SUCCESS;
    }
    return serve(options);
  });
}
