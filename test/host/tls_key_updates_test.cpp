// New keys are TLS's own business: however many a client sends, in whatever pieces, and whether
// or not it takes the answers, it costs its own connection and nobody else's.
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "test/support/catch.h"
#include "test/support/cpu_seconds.h"
#include "test/support/dialects.h"
#include "test/support/tls_echo.h"
#include "test/support/tls_records.h"
#include "test/support/written_call.h"

namespace timeservice::test {
namespace {

using std::chrono::milliseconds;
using wire::WireError;
using Asks = TlsRecords::Asks;

constexpr wire::Dialect kFramedBinary{wire::Protocol::kBinary, wire::Transport::kFramed};
/// Of the five bytes of a KeyUpdate the first four.
constexpr std::string_view kHalfAKeyUpdate{"\x18\0\0\1", 4};

std::string echo_call() {
  return written(kFramedBinary, [](EchoClient& client) { client.send_echo("good"); });
}

/// TLS at the first endpoint, plain at the second; one thread for the calls of all.
host::HostOptions one_thread_options_for(const host::ModeRow& mode) {
  auto options = tls_options_for(mode.name);
  options.listen.push_back({.host = "127.0.0.1", .port = 0, .path = {}});
  if (mode.name == "threadpool") options.threads = 1;
  if (mode.takes_io_threads) options.io_threads = 1;
  return options;
}

EchoConnection connect_plain(const EchoHost& host) {
  return {host.endpoint(1), kFramedBinary.protocol, kFramedBinary.transport};
}

std::string echo_of(EchoConnection& client) {
  std::string reply;
  client->echo(reply, "good");
  return reply;
}

TEST_CASE("half a KeyUpdate behind a call costs its own connection, and no other waits for it",
          "[host][tls]") {
  for (const auto& mode : host::kModes) {
    INFO(mode.name);
    auto options = one_thread_options_for(mode);
    options.idle_timeout = milliseconds(500);
    EchoHost host(options);
    TlsRecords client(host.endpoint());
    // One after the other: what is concatenated is made in no order.
    const std::string call = client.data(echo_call());
    CHECK(client.send(call + client.handshake(kHalfAKeyUpdate)));
    CHECK(eventually([&] { return host.host().counters().messages_in == 1; }));
    EchoConnection other = connect_plain(host);
    CHECK(echo_of(other) == "good");
    CHECK(eventually([&] { return host.host().connections_open() == 0; }));
    // That one reads no more than a message at a time, and then waits for the rest.
    CHECK(host.refused_for(WireError::kMalformed) == (mode.name == "nonblocking" ? 0 : 1));
  }
}

TEST_CASE("half a KeyUpdate between calls is waited for in silence, until the idle timeout", "[host][tls]") {
  for (const auto& mode : host::kModes) {
    INFO(mode.name);
    auto options = one_thread_options_for(mode);
    options.idle_timeout = milliseconds(400);
    EchoHost host(options);
    TlsRecords client(host.endpoint());
    CHECK(client.send(client.handshake(kHalfAKeyUpdate)));
    CHECK(eventually([&] { return host.host().counters().bytes_in == client.sent(); }));
    EchoConnection other = connect_plain(host);
    CHECK(echo_of(other) == "good");
    const double used = cpu_seconds();
    CHECK(eventually([&] { return host.host().counters().connections_idle_closed == 2; }));
    CHECK(cpu_seconds() - used < 0.15);  // a busy loop would use all of it
    CHECK(eventually([&] { return host.host().connections_open() == 0; }));
  }
}

/// Writes down how far the host had received when it ran a call.
class Noting : public apache::thrift::TProcessor {
 public:
  struct Notes {
    std::atomic<const host::Counters*> counters = nullptr;
    std::atomic<std::uint64_t> received_at_call = 0;
  };
  Noting(std::shared_ptr<apache::thrift::TProcessor> inner, Notes& notes)
      : inner_(std::move(inner)), notes_(notes) {}
  bool process(std::shared_ptr<apache::thrift::protocol::TProtocol> in,
               std::shared_ptr<apache::thrift::protocol::TProtocol> out, void* context) override {
    if (const host::Counters* const counters = notes_.counters) notes_.received_at_call = counters->bytes_in;
    return inner_->process(in, out, context);
  }

 private:
  std::shared_ptr<apache::thrift::TProcessor> inner_;
  Notes& notes_;
};

/// As much as the kernel takes without waiting.
std::size_t send_now(int fd, const std::string& bytes) {
  std::size_t all = 0;
  while (all < bytes.size()) {
    const ssize_t sent = ::send(fd, bytes.data() + all, bytes.size() - all, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent <= 0) break;
    all += static_cast<std::size_t>(sent);
  }
  return all;
}

TEST_CASE("a flood of KeyUpdates is taken a little at a time: whoever calls has its turn in between",
          "[host][tls]") {
  for (const auto& mode : host::kModes) {
    if (mode.name == "threaded") continue;  // a thread for each
    INFO(mode.name);
    Noting::Notes notes;
    EchoHost host(one_thread_options_for(mode),
                  [&](EchoHost::Processor echo) { return std::make_shared<Noting>(std::move(echo), notes); });
    TlsRecords flooding(host.endpoint());
    const std::string flood = flooding.key_updates(40'000, Asks::kNothing);
    EchoConnection holding = connect_plain(host);
    EchoConnection other = connect_plain(host);
    CHECK(echo_of(other) == "good");
    notes.counters = &host.host().counters();
    // The only thread is held until the flood is there, and then the call.
    holding->send_block("t");
    host.latch().until_waiting(1);
    const std::uint64_t before = host.host().counters().bytes_in;
    const std::size_t there = send_now(flooding.fd(), flood);
    other->send_echo("good");
    auto rest = std::async(std::launch::async, [&] { return flooding.send(flood.substr(there)); });
    host.latch().release();
    std::string reply;
    other->recv_echo(reply);
    CHECK(reply == "good");
    CHECK(notes.received_at_call - before < flood.size() / 2);
    CHECK(rest.get());
    CHECK(eventually([&] { return host.host().counters().bytes_in - before >= flood.size(); }));
  }
}

/// Clients ask for new keys and take no answer until the host, which listens at a unix socket,
/// whose buffer does not grow, cannot send any more.
constexpr int kUpdates = 2000;

host::HostOptions unix_options_for(const host::ModeRow& mode) {
  auto options = one_thread_options_for(mode);
  options.listen.front() = {
      .host = {}, .port = 0, .path = fmt::format("/tmp/timeservice-keys-{}.sock", ::getpid()), .tls = true};
  return options;
}

TEST_CASE("a client that asks for new keys and takes none is closed at the idle timeout", "[host][tls]") {
  for (const auto& mode : host::kModes) {
    INFO(mode.name);
    auto options = unix_options_for(mode);
    options.idle_timeout = options.message_timeout = milliseconds(300);
    EchoHost host(options);
    TlsRecords client(host.endpoint());
    CHECK(client.send(client.key_updates(kUpdates, Asks::kAnswer)));
    CHECK(eventually([&] { return host.host().connections_open() == 0; }));
    CHECK(host.host().counters().connections_idle_closed == 1);
    CHECK(host.host().counters().bytes_in < client.sent());  // it could not go on
  }
}

TEST_CASE("drain does not wait for a client that asks for new keys and takes none", "[host][tls][drain]") {
  for (const auto& mode : host::kModes) {
    INFO(mode.name);
    EchoHost host(unix_options_for(mode));
    TlsRecords client(host.endpoint());
    const auto sent = [&]() -> std::uint64_t { return host.host().counters().bytes_out; };
    const std::uint64_t greeted = sent();
    CHECK(client.send(client.key_updates(kUpdates, Asks::kAnswer)));
    CHECK(eventually([&] { return sent() > greeted + 1000; }));
    std::uint64_t last = 0;
    int same = 0;  // looks in a row that found nothing more sent
    CHECK(eventually([&] {
      same = std::exchange(last, sent()) == sent() ? same + 1 : 0;
      return same == 50;
    }));
    CHECK(host.host().counters().bytes_in < client.sent());
    CHECK(host.host().drain(std::chrono::seconds(10)).complete);
  }
}

}  // namespace
}  // namespace timeservice::test
