#include <cstdio>
#include <cstdlib>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "TimeService.h"
#include "server/host/host.h"
#include "server/host/log.h"
#include "server/host/run_server.h"
#include "server/host/serve_until_signal.h"
#include "server/host/signals.h"
#include "server/server_options.h"
#include "server/time/arrival.h"
#include "server/time/clock/bound_sources.h"
#include "server/time/clock/bounded_wall_clock.h"
#include "server/time/clock/clock_watch.h"
#include "server/time/clock/system_clock.h"
#include "server/time/oracle/file_watermark.h"
#include "server/time/oracle/timestamp_oracle.h"
#include "server/time/time_handler.h"
#include "server/time/zone/zone_catalog.h"
#include "wire/direct_processor.h"
#include "wire/protocol.h"

namespace {

using namespace timeservice;

clock::ClockWatch::OnChange clock_log(const std::shared_ptr<spdlog::logger>& log) {
  return [log](const clock::BoundedTime& time) {
    const std::string state = to_string(time.state);
    if (time.error_ns < 0) {
      log->warn("clock: {}: now() is refused: {}", state, time.reason);
    } else {
      log->info("clock: {}, at most {} ns from true time", state, time.error_ns);
    }
  };
}

oracle::OracleLog oracle_log(const std::shared_ptr<spdlog::logger>& log) {
  return [log](oracle::Severity severity, const std::string& line) {
    const auto level = severity == oracle::Severity::kInfo      ? spdlog::level::info
                       : severity == oracle::Severity::kWarning ? spdlog::level::warn
                                                                : spdlog::level::err;
    log->log(level, "{}", line);
  };
}

/// Null without --oracle-state.
std::unique_ptr<oracle::TimestampOracle> make_oracle(const ServerOptions& options, const clock::Clock& clock,
                                                     clock::BoundedWallClock& bounded_clock,
                                                     const std::shared_ptr<spdlog::logger>& log) {
  if (options.oracle_state.empty()) return nullptr;
  if (options.oracle_init) oracle::init_watermark_file(options.oracle_state);
  oracle::OracleOptions oracle_options = options.oracle;
  oracle_options.log = oracle_log(log);
  return std::make_unique<oracle::TimestampOracle>(
      clock, [&bounded_clock] { return bounded_clock.read(); },
      oracle::open_watermark_file(options.oracle_state, oracle_options.log), oracle_options);
}

/// Writes the last timestamp. A disk that hangs is not waited for: the next start then goes on
/// as after a crash, further ahead.
void stop(oracle::TimestampOracle& oracle, const std::shared_ptr<spdlog::logger>& log,
          std::chrono::milliseconds timeout) {
  std::promise<void> stopped;
  auto done = stopped.get_future();
  std::thread([&oracle, promise = std::move(stopped)]() mutable {
    oracle.stop();
    promise.set_value();
  }).detach();
  if (done.wait_for(timeout) == std::future_status::ready) return;
  log->error("oracle: the disk did not take the last timestamp within {} ms, and is not waited for",
             timeout.count());
  std::fflush(nullptr);
  std::_Exit(host::kCutShort);
}

int serve(const ServerOptions& options) {
  host::Signals signals;
  const auto log = host::make_log(*options.log_level, *options.log_format);
  host::route_thrift_output(log);
  for (const std::string& warning : options.warnings) log->warn("{}", warning);

  const clock::SystemClock clock;
  clock::BoundedWallClock bounded_clock(clock, clock::make_bound_source(options.clock, clock), options.clock);
  const clock::ClockWatch watch(bounded_clock, clock_log(log));
  const zone::ZoneCatalog zones(options.zoneinfo);
  if (!zones.missing().empty()) {
    log->debug("{} names of the tz database have no file, such as {}: install the package tzdata-legacy",
               zones.missing().size(), zones.missing().front());
  }
  const auto oracle = make_oracle(options, clock, bounded_clock, log);

  const auto handler = std::make_shared<TimeHandler>(
      TimeSources{clock, bounded_clock, zones, oracle.get(), options.host.limits.message_bytes},
      TIMESERVICE_VERSION);
  const auto processor =
      std::make_shared<wire::DirectProcessor<TimeServiceProcessorT, wire::BinaryProtocol>>(handler);
  processor->setEventHandler(std::make_shared<ArrivalStamp>(clock));

  host::Host host(options.host, processor, log);
  const int code = host::serve_until_signal(host, signals, log, options.drain_timeout);
  if (oracle) stop(*oracle, log, options.drain_timeout);
  return code;
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
