#include "server/host/serve_until_signal.h"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "server/host/admin.h"
#include "server/host/inherited_sockets.h"
#include "server/host/service_manager.h"
#include "server/host/watchdog.h"

namespace timeservice::host {
namespace {

constexpr int kSignalled = 128;

[[noreturn]] void end_now(int code) {
  std::fflush(nullptr);
  std::_Exit(code);
}

std::string listening(const Host& host) {
  const HostOptions& options = host.options();
  return fmt::format("listening on {}; mode {}, protocol {}, transport {}", wire::to_string(host.endpoints()),
                     options.mode, wire::name(options.protocol), wire::name(transport_taken(options)));
}

/// All that this process serves.
std::vector<wire::Endpoint> endpoints_of(const Host& host, const ServeOptions& options) {
  std::vector<wire::Endpoint> all = host.options().listen;
  if (options.admin == nullptr) return all;
  if (const auto admin = options.admin->endpoint()) all.push_back(*admin);
  return all;
}

void enter(const ServeOptions& options, Health::State state) {
  if (options.admin != nullptr) options.admin->health().enter(state);
}

/// The number of the signal that asks to stop; reloads meanwhile.
int serve(Host& host, Signals& signals, ServiceManager& manager) {
  for (;;) {
    const int number = signals.wait();
    if (is_stop(number)) return number;
    manager.reloading();
    host.reload_certificates();  // says in the log what came of it
    manager.ready(listening(host));
  }
}

/// Lives on to the end of the process, so it owns what it needs. Once all is `over` there is
/// nothing left to stop, and main returns what it would have.
void stop_at_next_signal(Signals signals, const std::shared_ptr<spdlog::logger>& log,
                         const std::shared_ptr<const std::atomic<bool>>& over) {
  std::thread([signals, log, over]() mutable {
    int number = signals.wait();
    for (; !is_stop(number); number = signals.wait()) {
      log->warn("signal {}: the server is draining, nothing is read anew", number);
    }
    if (*over) return;
    log->warn("signal {} again: stopped at once", number);
    end_now(kSignalled + number);
  }).detach();
}

}  // namespace

int serve_until_signal(Host& host, Signals& signals, const std::shared_ptr<spdlog::logger>& log,
                       const ServeOptions& options) {
  check_inherited(endpoints_of(host, options));
  ServiceManager manager;
  host.start();
  enter(options, Health::State::kServing);
  Watchdog watchdog(host, manager, log);
  Health::Registration told;
  if (options.admin != nullptr) {
    told = options.admin->health().watch_life([&watchdog] { return watchdog.stuck(); });
  }
  fmt::print("ready: {}\n", listening(host));
  std::fflush(stdout);
  manager.ready(listening(host));

  const int number = serve(host, signals, manager);
  enter(options, Health::State::kDraining);
  const auto delay = options.drain_delay;
  const auto timeout = options.drain_timeout;
  if (delay > delay.zero()) {
    log->info("signal {}: draining; serves on for {} ms, then at most {} ms", number, delay.count(),
              timeout.count());
  } else {
    log->info("signal {}: draining, at most {} ms", number, timeout.count());
  }
  manager.stopping("draining", delay + timeout);
  const auto over = std::make_shared<std::atomic<bool>>(false);
  stop_at_next_signal(signals, log, over);
  std::this_thread::sleep_for(delay);
  watchdog.draining();
  const DrainResult result = host.drain(timeout);
  if (!result.complete) {
    log->error("{} calls were still running after {} ms and are cut", result.calls_cut, timeout.count());
    end_now(kCutShort);
  }
  log->info("drained: every call was answered");
  if (options.finish) options.finish();
  *over = true;
  return EXIT_SUCCESS;
}

}  // namespace timeservice::host
