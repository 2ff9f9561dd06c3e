#include "server/host/serve_until_signal.h"

#include <cstdio>
#include <cstdlib>
#include <thread>

#include <fmt/format.h>

namespace timeservice::host {
namespace {

constexpr int kSignalled = 128;

[[noreturn]] void end_now(int code) {
  std::fflush(nullptr);
  std::_Exit(code);
}

void say_ready(const Host& host) {
  const HostOptions& options = host.options();
  fmt::print("ready: listening on {}; mode {}, protocol {}, transport {}\n",
             wire::to_string(host.endpoints()), options.mode, wire::name(options.protocol),
             wire::name(transport_taken(options)));
  std::fflush(stdout);
}

/// Lives on to the end of the process, so it owns what it needs.
void stop_at_next_signal(Signals signals, std::shared_ptr<spdlog::logger> log) {
  std::thread([signals, log]() mutable {
    const int number = signals.wait();
    log->warn("signal {} again: stopped at once", number);
    end_now(kSignalled + number);
  }).detach();
}

}  // namespace

int serve_until_signal(Host& host, Signals& signals, const std::shared_ptr<spdlog::logger>& log,
                       std::chrono::milliseconds drain_timeout) {
  host.start();
  say_ready(host);
  log->info("signal {}: draining, at most {} ms", signals.wait(), drain_timeout.count());
  stop_at_next_signal(signals, log);
  const DrainResult result = host.drain(drain_timeout);
  if (!result.complete) {
    log->error("{} calls were still running after {} ms and are cut", result.calls_cut,
               drain_timeout.count());
    end_now(kCutShort);
  }
  log->info("drained: every call was answered");
  return EXIT_SUCCESS;
}

}  // namespace timeservice::host
