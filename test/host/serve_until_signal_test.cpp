// The life of a server process: what its health tells meanwhile, and what a second SIGTERM does once
// every call was answered. A process of its own each time, for the signals end it.
#include "server/host/serve_until_signal.h"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <thread>

#include "server/host/admin.h"
#include "server/host/host.h"
#include "server/host/signals.h"
#include "test/support/captured_log.h"
#include "test/support/catch.h"
#include "test/support/echo_host.h"

namespace timeservice::test {
namespace {

std::ptrdiff_t threads() { return std::distance(std::filesystem::directory_iterator("/proc/self/task"), {}); }

/// The exit code of a process that does this.
int exit_code_of(const std::function<int()>& main) {
  std::fflush(nullptr);  // or what waits to be written is written twice
  const pid_t child = ::fork();
  if (child == 0) ::_exit(main());
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  return WEXITSTATUS(status);
}

/// A server's main, to which a signal has come before it serves.
int serve_and_drain(const std::function<void()>& finish) {
  host::Signals signals;
  Latch latch;
  host::Host host(options_for("reactor"),
                  std::make_shared<echo_service::EchoProcessor>(std::make_shared<EchoHandler>(latch)),
                  CapturedLog().logger());
  ::kill(::getpid(), SIGTERM);
  return host::serve_until_signal(host, signals, CapturedLog().logger(), {.finish = finish});
}

TEST_CASE("a second signal that comes when all is done changes nothing of the exit code", "[host]") {
  CHECK(exit_code_of([] {
          const auto before = threads();
          const int code = serve_and_drain({});
          ::kill(::getpid(), SIGTERM);
          // The thread that waits for it has taken it, and has not ended the process.
          return eventually([&] { return threads() == before; }) ? code : -1;
        }) == 0);
}

TEST_CASE("a second signal ends a server that has answered every call and cannot finish", "[host]") {
  CHECK(exit_code_of([] {
          return serve_and_drain([] {
            ::kill(::getpid(), SIGTERM);
            std::this_thread::sleep_for(std::chrono::minutes(1));
          });
        }) == 128 + SIGTERM);
}

/// Whether health tells that a server is stuck whose only thread hangs while a client waits.
int serve_and_be_stuck() {
  ::setenv("WATCHDOG_USEC", "100000", 1);
  host::Signals signals;
  const CapturedLog log;
  Latch latch;
  host::Host host(options_for("simple"),
                  std::make_shared<echo_service::EchoProcessor>(std::make_shared<EchoHandler>(latch)),
                  log.logger());
  host::Admin admin(std::nullopt, "test-server", "1", log.logger());
  bool told = false;
  std::thread clients([&] {
    eventually([&] { return host.started(); });
    EchoConnection hangs(host.endpoints().front(), wire::Protocol::kBinary, wire::Transport::kFramed);
    hangs->send_block("b");
    latch.until_waiting(1);
    EchoConnection waits(host.endpoints().front(), wire::Protocol::kBinary, wire::Transport::kFramed);
    waits->send_echo("w");
    told = eventually([&] { return !admin.health().dead().empty(); });
    latch.release();
    told = told && eventually([&] { return admin.health().dead().empty(); });
    ::kill(::getpid(), SIGTERM);
  });
  host::serve_until_signal(host, signals, log.logger(), {.admin = &admin});
  clients.join();
  return told ? 0 : 1;
}

TEST_CASE("health tells of a server that is stuck, and that it gets on", "[host]") {
  CHECK(exit_code_of(serve_and_be_stuck) == 0);
}

}  // namespace
}  // namespace timeservice::test
