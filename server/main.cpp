#include <cstdio>
#include <cstdlib>
#include <memory>
#include <thread>

#include <fmt/format.h>
#include <spdlog/logger.h>

#include "TimeService.h"
#include "server/host/host.h"
#include "server/host/log.h"
#include "server/host/signals.h"
#include "server/host/start_error.h"
#include "server/quantities.h"
#include "server/server_options.h"
#include "server/time/arrival.h"
#include "server/time/clock/system_clock.h"
#include "server/time/time_handler.h"
#include "wire/protocol.h"

namespace {

using namespace timeservice;

constexpr int kStartFailed = 1;
constexpr int kWrongUsage = 2;
constexpr int kCallsCut = 3;
constexpr int kSignalled = 128;

/// Ends the process though threads of it still run: a handler that never returns
/// cannot be waited for.
[[noreturn]] void end_now(int code) {
  std::fflush(nullptr);
  std::_Exit(code);
}

void say_ready(const host::Host& host) {
  const host::HostOptions& options = host.options();
  fmt::print("ready: listening on {}; mode {}, protocol {}, transport {}\n", wire::to_string(host.endpoints()),
             options.mode, wire::name(options.protocol), wire::name(options.transport));
  std::fflush(stdout);
}

void stop_at_second_signal(host::Signals& signals, const std::shared_ptr<spdlog::logger>& log) {
  std::thread([&signals, log] {
    const int second = signals.wait();
    log->warn("signal {} again: stopped at once", second);
    end_now(kSignalled + second);
  }).detach();
}

int serve(const ServerOptions& options) {
  static host::Signals signals;
  const auto log = host::make_log(*options.log_level, *options.log_format);
  host::route_thrift_output(*log);

  const clock::SystemClock clock;
  const auto handler = std::make_shared<TimeHandler>(clock, TIMESERVICE_VERSION);
  const auto processor = std::make_shared<TimeServiceProcessorT<wire::BinaryProtocol>>(handler);
  processor->setEventHandler(std::make_shared<ArrivalStamp>(clock));

  host::Host host(options.host, processor, log);
  host.start();
  say_ready(host);

  log->info("signal {}: draining, at most {}", signals.wait(), duration_text(options.drain_timeout));
  stop_at_second_signal(signals, log);
  const host::DrainResult result = host.drain(options.drain_timeout);
  if (!result.complete) {
    log->error("{} calls were still running after {} and are cut", result.calls_cut,
               duration_text(options.drain_timeout));
    end_now(kCallsCut);
  }
  log->info("drained: every call was answered");
  end_now(EXIT_SUCCESS);
}

}  // namespace

int main(int argc, char** argv) {
  try {
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
  } catch (const host::UsageError& error) {
    fmt::print(stderr, "time-server: {}\n", error.what());
    return kWrongUsage;
  } catch (const std::exception& error) {
    fmt::print(stderr, "time-server: {}\n", error.what());
    return kStartFailed;
  }
}
