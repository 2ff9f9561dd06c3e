#include <cstdlib>
#include <memory>

#include <fmt/format.h>

#include "TimeService.h"
#include "server/event_logs.h"
#include "server/host/admin.h"
#include "server/host/host.h"
#include "server/host/log.h"
#include "server/host/run_server.h"
#include "server/host/serve_until_signal.h"
#include "server/host/signals.h"
#include "server/oracle_life.h"
#include "server/server_options.h"
#include "server/time/arrival.h"
#include "server/time/clock/bound_sources.h"
#include "server/time/clock/bounded_wall_clock.h"
#include "server/time/clock/clock_watch.h"
#include "server/time/clock/system_clock.h"
#include "server/time/time_handler.h"
#include "server/time/zone/zone_catalog.h"
#include "server/time_metrics.h"
#include "wire/direct_processor.h"
#include "wire/protocol.h"

namespace {

using namespace timeservice;

/// What is made later dies earlier: whoever reads something outlives it nowhere.
int serve(const ServerOptions& options) {
  host::Signals signals;
  const auto log = host::make_log(*options.log_level, *options.log_format);
  host::route_thrift_output(log);
  for (const std::string& warning : options.warnings) log->warn("{}", warning);

  // First, so that it says "starting" while the rest is made.
  host::check_admin_apart(options.admin, options.host.listen);
  host::Admin admin(options.admin, "time-server", TIMESERVICE_VERSION, log);

  const clock::SystemClock clock;
  clock::BoundedWallClock bounded_clock(clock, clock::make_bound_source(options.clock, clock), options.clock);
  const clock::ClockWatch watch(bounded_clock, clock_log(log));
  const zone::ZoneCatalog zones(options.zoneinfo);
  if (!zones.missing().empty()) {
    log->debug("{} names of the tz database have no file, such as {}: install the package tzdata-legacy",
               zones.missing().size(), zones.missing().front());
  }
  const auto oracle = make_oracle(options, clock, bounded_clock, log);

  const TimeSources sources{clock, bounded_clock, zones, oracle.get(), options.host.limits.message_bytes};
  const auto handler = std::make_shared<TimeHandler>(sources, TIMESERVICE_VERSION);
  const auto processor =
      std::make_shared<wire::DirectProcessor<TimeServiceProcessorT, wire::BinaryProtocol>>(handler);
  processor->setEventHandler(std::make_shared<ArrivalStamp>(clock));

  host::HostOptions host_options = options.host;
  host_options.measure_calls = options.admin.has_value();
  host::Host host(host_options, processor, log);
  const auto host_told = admin.add(host);
  const auto time_told = add_time(admin, sources, handler->refusals());

  return host::serve_until_signal(host, signals, log,
                                  {.drain_delay = options.drain_delay,
                                   .drain_timeout = options.drain_timeout,
                                   .admin = &admin,
                                   .finish = [&] {
                                     if (oracle) stop_oracle(*oracle, log, options.drain_timeout);
                                   }});
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
