// Clients that come in vain, one after another, do not make a host whose threads are all
// stuck look as if it got on.
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/host/progress.h"
#include "test/support/catch.h"
#include "test/support/echo_host.h"
#include "test/support/tls_echo.h"

namespace timeservice::test {
namespace {

using std::chrono::seconds;

/// A way to serve whose threads for calls are all taken by so many that block.
struct Way {
  std::string_view mode;
  /// That run calls; 0: none of their own.
  std::size_t threads;
  int blocking;
};
constexpr Way kWays[] = {{"simple", 0, 1},      {"threadpool", 2, 2}, {"nonblocking", 0, 1},
                         {"nonblocking", 2, 2}, {"reactor", 0, 1},    {"reactor", 2, 2}};

host::HostOptions options_of(const Way& way) {
  auto options = options_for(way.mode);
  if (way.mode != "simple") options.threads = way.threads;
  if (way.mode != "simple" && way.mode != "threadpool") options.io_threads = 1;
  return options;
}

std::unique_ptr<EchoConnection> connect(const EchoHost& host) {
  return std::make_unique<EchoConnection>(host.endpoint(), wire::Protocol::kBinary, wire::Transport::kFramed);
}

/// Blocks all threads, lets one more client wait, and looks: whether the host is found to be
/// stuck though `come` brings somebody between any two looks.
bool is_stuck_while(EchoHost& host, int blocking, const std::function<void()>& come) {
  const auto waiting = connect(host);
  std::string reply;
  (*waiting)->echo(reply, "before");
  std::vector<std::unique_ptr<EchoConnection>> blocked;
  for (int i = 0; i < blocking; ++i) {
    blocked.push_back(connect(host));
    (*blocked.back())->send_block("t");
  }
  host.latch().until_waiting(blocking);
  (*waiting)->send_echo("waits");
  CHECK(eventually([&] { return host.host().progress().waiting > 0; }));
  host::StuckDetector detector(seconds(10));
  CHECK_FALSE(detector.look(host.host().progress(), seconds(5)));
  come();
  CHECK_FALSE(detector.look(host.host().progress(), seconds(5)));
  come();
  return detector.look(host.host().progress(), seconds(5));
}

TEST_CASE("clients that are refused one after another do not make a stuck host look alive", "[host]") {
  for (const Way& way : kWays) {
    INFO(way.mode << ' ' << way.threads << " threads");
    auto options = options_of(way);
    options.max_connections = static_cast<std::size_t>(way.blocking) + 1;
    EchoHost host(options);
    const auto come = [&] {
      const std::uint64_t before = host.host().counters().connections_refused;
      RawConnection newcomer(host.endpoint());
      // Where no thread is left that could refuse it, it waits in the kernel.
      if (way.threads > 0)
        CHECK(eventually([&] { return host.host().counters().connections_refused > before; }));
    };
    CHECK(is_stuck_while(host, way.blocking, come));
  }
}

TEST_CASE("clients that come, send half a call and leave do not make a stuck host look alive", "[host]") {
  for (const Way& way : kWays) {
    INFO(way.mode << ' ' << way.threads << " threads");
    EchoHost host(options_of(way));
    const auto come = [&] {
      const std::uint64_t accepted = host.host().counters().connections_accepted;
      RawConnection newcomer(host.endpoint());
      CHECK(newcomer.send(std::string("\0\0\0\x20\x80\x01\0\x01", 8)));
      if (way.threads > 0)
        CHECK(eventually([&] { return host.host().counters().connections_accepted > accepted; }));
    };
    CHECK(is_stuck_while(host, way.blocking, come));
  }
}

TEST_CASE("clients that shake hands over TLS and leave do not make a stuck host look alive", "[host][tls]") {
  for (const Way& way : kWays) {
    INFO(way.mode << ' ' << way.threads << " threads");
    auto options = options_of(way);
    options.listen.push_back(tls_options_for(way.mode).listen.front());
    options.tls = tls_options_for(way.mode).tls;
    EchoHost host(options);
    const auto come = [&] {
      if (way.threads == 0) {  // no thread is left that could shake hands
        RawConnection(host.endpoint(1)).send(greeting(host.endpoint(1)));
        return;
      }
      RawTls newcomer(host.endpoint(1));
      CHECK(newcomer.handshake());
    };
    CHECK(is_stuck_while(host, way.blocking, come));
  }
}

}  // namespace
}  // namespace timeservice::test
