// Clients that do not read what the host's handshake sends them.
#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "test/support/catch.h"
#include "test/support/cpu_seconds.h"
#include "test/support/dialects.h"
#include "test/support/tls_echo.h"

namespace timeservice::test {
namespace {

using std::chrono::milliseconds;
using wire::WireError;

/// A certificate behind which so many others come that a unix socket, whose buffer does not
/// grow, does not take them all.
class LongChain {
 public:
  LongChain() {
    std::ofstream chain(path_);
    chain << std::ifstream(certificate_file("server")).rdbuf();
    for (int i = 0; i < 1000; ++i) chain << std::ifstream(certificate_file("ca")).rdbuf();
  }
  ~LongChain() { std::remove(path_.c_str()); }
  LongChain(const LongChain&) = delete;
  LongChain& operator=(const LongChain&) = delete;

  host::HostOptions options_for(std::string_view mode) const {
    auto options = tls_options_for(mode);
    options.listen.front() = {.host = {}, .port = 0, .path = path_ + ".sock", .tls = true};
    options.listen.push_back({.host = "127.0.0.1", .port = 0, .path = {}});
    options.tls.certificate = path_;
    return options;
  }

 private:
  std::string path_ = fmt::format("/tmp/timeservice-chain-{}.pem", ::getpid());
};

TEST_CASE("a handshake whose client does not read costs nothing while it waits, and goes on when it does",
          "[host][tls]") {
  const LongChain chain;
  for (const auto& mode : host::kModes) {
    INFO(mode.name);
    auto options = chain.options_for(mode.name);
    if (mode.takes_io_threads) options.io_threads = 1;
    options.tls.handshake_timeout = {};
    EchoHost host(options);
    RawConnection client(host.endpoint());
    client.send(greeting(host.endpoint(1)));
    const auto sent = [&]() -> std::uint64_t { return host.host().counters().bytes_out; };
    CHECK(eventually([&] { return sent() > 0; }));
    std::uint64_t before = 0;
    CHECK(eventually([&] { return std::exchange(before, sent()) == sent(); }));  // it waits for room
    EchoConnection plain(host.endpoint(1), wire::Protocol::kBinary, wire::Transport::kFramed);
    std::string reply;
    plain->echo(reply, "good");
    CHECK(reply == "good");
    const double used = cpu_seconds();
    pollfd none{};
    ::poll(&none, 0, 200);
    CHECK(cpu_seconds() - used < 0.1);  // a busy loop would use all of it
    const std::uint64_t stalled_at = sent();
    CHECK(client.receive(stalled_at + 100'000).size() == stalled_at + 100'000);
  }
}

TEST_CASE("a client that sends on and does not read gains no time for its handshake", "[host][tls]") {
  const LongChain chain;
  for (const char* const mode : {"threadpool", "reactor"}) {
    INFO(mode);
    auto options = chain.options_for(mode);
    options.tls.handshake_timeout = milliseconds(300);
    EchoHost host(options);
    RawConnection client(host.endpoint());
    client.send(greeting(host.endpoint(1)));
    CHECK(eventually([&] { return host.host().counters().bytes_out > 0; }));
    client.send("more");
    CHECK(eventually([&] { return host.refused_for(WireError::kTlsTimeout) == 1; }));
    CHECK(eventually([&] { return host.host().connections_open() == 0; }));
  }
}

}  // namespace
}  // namespace timeservice::test
