// What a connection of the reactor needed for a while it does not keep.
#include <unistd.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <malloc.h>

#include "test/support/catch.h"
#include "test/support/dialects.h"
#include "test/support/echo_host.h"
#include "test/support/sanitized.h"
#include "test/support/written_call.h"

namespace timeservice::test {
namespace {

constexpr wire::Dialect kFramedBinary{wire::Protocol::kBinary, wire::Transport::kFramed};

/// With what is mapped for large blocks.
std::size_t allocated_bytes() {
  const auto info = ::mallinfo2();
  return info.uordblks + info.hblkhd;
}

TEST_CASE("a client that took a large reply at last leaves no memory of it behind", "[host]") {
  if (kSanitized) return;
  constexpr std::int32_t kReply = 1'000'000;
  constexpr std::size_t kClients = 20;
  auto options = options_for("reactor");
  options.io_threads = 1;
  // A unix socket's buffer does not grow: most of a reply waits in the host.
  options.listen = {
      {.host = {}, .port = 0, .path = fmt::format("/tmp/timeservice-memory-{}.sock", ::getpid())}};
  EchoHost host(options);
  const std::string large = written(kFramedBinary, [](EchoClient& c) { c.send_repeat(kReply); });
  const std::string small = written(kFramedBinary, [](EchoClient& c) { c.send_echo("t"); });
  // A reply of one field is as long as a call of one field, but for the name.
  const std::size_t replies =
      written(kFramedBinary, [](EchoClient& c) { c.send_echo(std::string(kReply, 'x')); }).size() +
      std::string_view("repeat").size() - std::string_view("echo").size() + small.size();
  const auto take_large_replies = [&](std::vector<std::unique_ptr<RawConnection>>& clients) {
    for (auto& client : clients) {
      client = std::make_unique<RawConnection>(host.endpoint());
      client->send(large);
    }
    // All of them wait for their clients, which now take them, and are done with when the call behind
    // is answered.
    for (auto& client : clients) {
      client->send(small);
      CHECK(client->receive(replies).size() == replies);
    }
  };
  std::vector<std::unique_ptr<RawConnection>> warm(1);
  take_large_replies(warm);
  const std::size_t before = allocated_bytes();
  std::vector<std::unique_ptr<RawConnection>> clients(kClients);
  take_large_replies(clients);
  const std::size_t after = allocated_bytes();
  CHECK(host.host().connections_open() == kClients + 1);
  CHECK(after < before + kClients * std::size_t{kReply} / 10);
}

}  // namespace
}  // namespace timeservice::test
