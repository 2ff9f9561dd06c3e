// With more to do than can be done, a server does what it can and says no to the rest.
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <deque>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <thrift/TApplicationException.h>

#include "server/host/wait_clock.h"
#include "test/support/catch.h"
#include "test/support/dialects.h"
#include "test/support/echo_host.h"
#include "test/support/sanitized.h"
#include "test/support/written_call.h"

namespace timeservice::test {
namespace {

using apache::thrift::TApplicationException;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr wire::Dialect kFramedBinary{wire::Protocol::kBinary, wire::Transport::kFramed};

EchoConnection connect(EchoHost& host) {
  return EchoConnection(host.endpoint(), kFramedBinary.protocol, kFramedBinary.transport);
}

std::future<std::string> call_block(EchoHost& host, const std::string& token) {
  return std::async(std::launch::async, [&host, token] {
    EchoConnection client = connect(host);
    std::string reply;
    client->block(reply, token);
    return reply;
  });
}

/// What the server says instead of running the call; "" if it runs it.
std::string refusal_of(EchoConnection& client) {
  try {
    std::string reply;
    client->echo(reply, "x");
    return reply == "x" ? "" : "a wrong reply";
  } catch (const TApplicationException& error) {
    if (error.getType() != TApplicationException::INTERNAL_ERROR) return "a wrong type";
    return error.what();
  }
}

/// The kernel begins to stamp, for all sockets, some time after the first asks for it, and ends
/// with the last: one that stays, so that no test meets the time between.
void await_stamps() {
  struct Kept {
    EchoHost host = EchoHost([] {
      host::HostOptions options = options_for("reactor");
      options.queue_timeout = 1h;
      return options;
    }());
    RawConnection client = RawConnection(host.endpoint());
  };
  static Kept kept;
  host::Receipt receipt;
  int ends[2] = {::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0),
                 ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  sockaddr_in address{
      .sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
  socklen_t size = sizeof address;
  REQUIRE(::bind(ends[0], reinterpret_cast<const sockaddr*>(&address), size) == 0);
  REQUIRE(::getsockname(ends[0], reinterpret_cast<sockaddr*>(&address), &size) == 0);
  host::ask_for_stamps(ends[0]);
  // A datagram without a stamp is given the time of its reading: only an early one tells.
  CHECK(eventually([&] {
    std::uint8_t room[1];
    const auto sent_at = std::chrono::system_clock::now().time_since_epoch();
    ::sendto(ends[1], "x", 1, 0, reinterpret_cast<const sockaddr*>(&address), size);
    std::this_thread::sleep_for(2ms);
    return host::receive_stamped(ends[0], room, 0, receipt) == 1 && receipt.stamp < sent_at + 1ms;
  }));
  for (const int end : ends) ::close(end);
}

bool begins(const std::string& text, std::string_view with) { return text.rfind(with, 0) == 0; }

/// Ways to serve in which two calls at most are let in, and no more threads run.
std::vector<host::HostOptions> two_at_a_time() {
  std::vector<host::HostOptions> ways;
  for (const auto& mode : host::kModes) {
    if (mode.name == "simple") continue;  // one at a time, always
    ways.push_back(options_for(mode.name));
    if (mode.takes_threads) ways.back().threads = 2;
    ways.back().max_in_flight = 2;
  }
  return ways;
}

TEST_CASE(
    "a call over max_in_flight is answered at once, though no thread is free, and its connection goes on",
    "[host][overload]") {
  for (const auto& options : two_at_a_time()) {
    for (const wire::Dialect& dialect : dialects_of(host::mode_for(options))) {
      INFO(options.mode << ' ' << wire::name(dialect.protocol) << ' ' << wire::name(dialect.transport));
      EchoHost host(options);
      auto one = call_block(host, "one");
      auto other = call_block(host, "other");
      host.latch().until_waiting(2);
      EchoConnection third(host.endpoint(), dialect.protocol, dialect.transport);
      for (int i = 0; i < 3; ++i) CHECK(begins(refusal_of(third), "overloaded: 2 calls"));
      CHECK(host.host().call_metrics().shed_in_flight == 3);
      host.latch().release();
      CHECK(one.get() == "one");
      CHECK(other.get() == "other");
      CHECK(eventually([&] { return refusal_of(third).empty(); }));
      CHECK(host.host().counters().connections_closed <= 2);  // those two clients have left
    }
  }
}

TEST_CASE("a call that waits for a thread has a place, as one that runs", "[host][overload]") {
  for (auto options : two_at_a_time()) {
    if (!options.threads) continue;
    INFO(options.mode);
    options.threads = 1;
    options.measure_calls = true;
    EchoHost host(options);
    auto runs = call_block(host, "runs");
    host.latch().until_waiting(1);
    auto waits = call_block(host, "waits");
    CHECK(eventually([&] { return host.host().call_metrics().in_flight == 2; }));
    EchoConnection third = connect(host);
    CHECK(begins(refusal_of(third), "overloaded: 2 calls"));
    host.latch().release();
    CHECK(runs.get() == "runs");
    CHECK(waits.get() == "waits");
    CHECK(eventually([&] { return refusal_of(third).empty(); }));
  }
}

TEST_CASE("pipelined calls over max_in_flight are answered one by one, in their order", "[host][overload]") {
  constexpr int kCalls = 20;
  for (const auto& options : two_at_a_time()) {
    for (const wire::Dialect& dialect : dialects_of(host::mode_for(options))) {
      INFO(options.mode << ' ' << wire::name(dialect.protocol) << ' ' << wire::name(dialect.transport));
      EchoHost host(options);
      auto one = call_block(host, "one");
      auto other = call_block(host, "other");
      host.latch().until_waiting(2);
      EchoConnection third(host.endpoint(), dialect.protocol, dialect.transport);
      for (int i = 1; i <= kCalls; ++i) {
        const auto out = third.protocol();
        out->writeMessageBegin("notes", apache::thrift::protocol::T_CALL, i);
        out->writeStructBegin("");
        out->writeFieldStop();
        out->writeStructEnd();
        out->writeMessageEnd();
        out->getTransport()->writeEnd();
        out->getTransport()->flush();
      }
      bool in_order = true;
      for (int i = 1; i <= kCalls; ++i) {
        std::string method;
        apache::thrift::protocol::TMessageType type{};
        std::int32_t seqid = 0;
        const auto in = third->getInputProtocol();
        in->readMessageBegin(method, type, seqid);
        TApplicationException said;
        said.read(in.get());
        in->readMessageEnd();
        in->getTransport()->readEnd();
        in_order = in_order && seqid == i && type == apache::thrift::protocol::T_EXCEPTION;
      }
      CHECK(in_order);
      host.latch().release();
      one.get();
      other.get();
    }
  }
}

TEST_CASE("a oneway call over max_in_flight is dropped and counted", "[host][overload]") {
  for (const auto& options : two_at_a_time()) {
    INFO(options.mode);
    EchoHost host(options);
    auto one = call_block(host, "one");
    auto other = call_block(host, "other");
    host.latch().until_waiting(2);
    EchoConnection third = connect(host);
    third->note("dropped");
    CHECK(begins(refusal_of(third), "overloaded: "));
    CHECK(host.host().call_metrics().shed_in_flight == 2);
    host.latch().release();
    one.get();
    other.get();
    CHECK(eventually([&] { return refusal_of(third).empty(); }));
    CHECK(third->notes() == 0);
  }
}

TEST_CASE("a client that sends half a call, then the rest, is refused for the whole of it",
          "[host][overload]") {
  const std::string call = written(kFramedBinary, [](EchoClient& c) { c.send_echo("x"); });
  for (const auto& options : two_at_a_time()) {
    INFO(options.mode);
    EchoHost host(options);
    auto one = call_block(host, "one");
    auto other = call_block(host, "other");
    host.latch().until_waiting(2);
    RawConnection third(host.endpoint());
    REQUIRE(third.send(call.substr(0, 7)));
    // Whatever the server does with the half, it is no call yet.
    EchoConnection fourth = connect(host);
    CHECK(begins(refusal_of(fourth), "overloaded: "));
    CHECK(host.host().call_metrics().shed_in_flight == 1);
    REQUIRE(third.send(call.substr(7)));
    CHECK(third.receive(4).size() == 4);
    CHECK(host.host().call_metrics().shed_in_flight == 2);
    host.latch().release();
    one.get();
    other.get();
  }
}

TEST_CASE("bad bytes are refused as ever while calls are shed", "[host][overload]") {
  for (const auto& options : two_at_a_time()) {
    INFO(options.mode);
    EchoHost host(options);
    auto one = call_block(host, "one");
    auto other = call_block(host, "other");
    host.latch().until_waiting(2);
    RawConnection bad(host.endpoint());
    REQUIRE(bad.send(std::string("\x16\x03\x01\x00\x00", 5)));
    EchoConnection third = connect(host);
    CHECK(begins(refusal_of(third), "overloaded: "));
    host.latch().release();
    one.get();
    other.get();
    bad.receive();
    CHECK(eventually([&] { return host.refused_for(wire::WireError::kTls) == 1; }));
  }
}

/// Every mode, with the threads that it can be given: all of them busy with one call.
std::vector<host::HostOptions> one_at_a_time() {
  std::vector<host::HostOptions> ways;
  for (const auto& mode : host::kModes) {
    ways.push_back(options_for(mode.name));
    if (mode.takes_io_threads) ways.back().io_threads = 1;
    if (!mode.takes_threads) continue;
    ways.push_back(ways.back());
    ways.back().threads = 1;
  }
  return ways;
}

TEST_CASE("a call that waited too long for its turn is answered and not run", "[host][overload]") {
  await_stamps();
  for (auto options : one_at_a_time()) {
    if (options.mode == "threaded") continue;  // no client waits for another
    if (options.mode == "threadpool" && !options.threads) continue;
    INFO(options.mode << ' ' << options.threads.value_or(0) << " threads");
    options.queue_timeout = 200ms;
    EchoHost host(options);
    auto first = call_block(host, "first");
    host.latch().until_waiting(1);
    auto second = connect(host);
    second->send_echo("x");
    std::this_thread::sleep_for(options.queue_timeout + 200ms);  // the time that it waits
    host.latch().release();
    CHECK(first.get() == "first");
    std::string reply;
    try {
      second->recv_echo(reply);
      FAIL("it was run");
    } catch (const TApplicationException& error) {
      CHECK(error.getType() == TApplicationException::INTERNAL_ERROR);
      CHECK(begins(error.what(), "overloaded: the call waited longer than 200 ms"));
    }
    CHECK(host.host().call_metrics().shed_queue_timeout == 1);
    CHECK(eventually([&] { return refusal_of(second).empty(); }));
  }
}

/// The next reply's payload, of less than 64 KiB.
std::string receive_frame(RawConnection& client) {
  const std::string head = client.receive(4);
  if (head.size() < 4) return {};
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(head[i]); };
  return client.receive(static_cast<std::size_t>(byte(2) << 8 | byte(3)));
}

TEST_CASE("calls that come one behind another wait for those before them", "[host][overload]") {
  constexpr int kTail = 5;
  await_stamps();
  for (auto options : one_at_a_time()) {
    // Whether the tail is read with the head, or waits for it in the kernel.
    for (const bool together : {true, false}) {
      INFO(options.mode << ' ' << options.threads.value_or(0) << " threads, " << together);
      options.queue_timeout = 200ms;
      EchoHost host(options);
      RawConnection client(host.endpoint());
      const std::string quick = written(kFramedBinary, [](EchoClient& c) { c.send_notes(); });
      const std::string head = written(kFramedBinary, [](EchoClient& c) { c.send_block("head"); });
      std::string tail;
      for (int i = 0; i < kTail; ++i) tail += quick;
      REQUIRE(client.send(quick));  // the kernel stamps what comes after the first, at the latest
      CHECK_FALSE(receive_frame(client).empty());
      REQUIRE(client.send(together ? head + tail : head));
      host.latch().until_waiting(1);
      if (!together) REQUIRE(client.send(tail));
      std::this_thread::sleep_for(options.queue_timeout + 200ms);
      host.latch().release();
      for (int i = 0; i < 1 + kTail; ++i) CHECK_FALSE(receive_frame(client).empty());
      CHECK(host.host().call_metrics().shed_queue_timeout == kTail);
    }
  }
}

TEST_CASE("a client that was silent for longer than a call may wait is not late", "[host][overload]") {
  struct Silent {
    explicit Silent(const host::HostOptions& options) : host(options), client(connect(host)) {}
    EchoHost host;
    EchoConnection client;
  };
  await_stamps();
  std::vector<std::unique_ptr<Silent>> all;
  for (auto options : one_at_a_time()) {
    options.queue_timeout = 1s;
    all.push_back(std::make_unique<Silent>(options));
    CHECK(refusal_of(all.back()->client).empty());
  }
  std::this_thread::sleep_for(1500ms);
  for (const auto& silent : all) {
    CHECK(refusal_of(silent->client).empty());
    CHECK(silent->host.host().call_metrics().shed_queue_timeout == 0);
  }
}

/// A processor whose calls each take a while, as those of handlers that wait for others do.
class SlowProcessor : public apache::thrift::TProcessor {
 public:
  SlowProcessor(std::shared_ptr<apache::thrift::TProcessor> inner, std::chrono::milliseconds takes)
      : inner_(std::move(inner)), takes_(takes) {}

  bool process(std::shared_ptr<apache::thrift::protocol::TProtocol> in,
               std::shared_ptr<apache::thrift::protocol::TProtocol> out, void* context) override {
    std::call_once(once_, [this] { inner_->setEventHandler(getEventHandler()); });
    std::this_thread::sleep_for(takes_);
    return inner_->process(in, out, context);
  }

 private:
  std::shared_ptr<apache::thrift::TProcessor> inner_;
  std::chrono::milliseconds takes_;
  std::once_flag once_;
};

/// Clients that send without waiting for replies, and count what comes back: a result is useful
/// while its client still waits for it.
class OpenLoop {
 public:
  OpenLoop(const wire::Endpoint& endpoint, int clients)
      : call_(written(kFramedBinary, [](EchoClient& c) { c.send_notes(); })) {
    for (int i = 0; i < clients; ++i) {
      clients_.push_back(std::make_unique<Client>(endpoint));
      polled_.push_back({.fd = clients_.back()->connection.fd(), .events = POLLIN, .revents = 0});
    }
  }

  /// So many a second in all; returns when the time is over.
  void run(double rate, std::chrono::milliseconds time) {
    const auto began = Clock::now();
    for (auto now = began; now - began < time; now = Clock::now()) {
      const auto due = static_cast<std::uint64_t>(rate * std::chrono::duration<double>(now - began).count());
      while (sent_ < due) send(*clients_[sent_ % clients_.size()]);
      receive(1);
    }
  }
  /// Each client one call at a time.
  void run_closed(std::chrono::milliseconds time) {
    const auto began = Clock::now();
    for (auto& client : clients_) send(*client);
    while (Clock::now() - began < time) receive(1, true);
  }
  /// Waits, a bounded time, until each call is answered.
  bool all_answered() {
    const auto until = Clock::now() + 60s;
    while (useful_ + late_ + shed_ < sent_ && Clock::now() < until) receive(10);
    return useful_ + late_ + shed_ == sent_;
  }

  std::uint64_t sent() const { return sent_; }
  std::uint64_t useful() const { return useful_; }
  std::uint64_t shed() const { return shed_; }

 private:
  struct Client {
    explicit Client(const wire::Endpoint& endpoint) : connection(endpoint) {}
    RawConnection connection;
    std::string bytes;
    /// When those calls were sent that are not answered yet.
    std::deque<Clock::time_point> asked;
  };
  static constexpr auto kPatience = 150ms;

  void send(Client& client) {
    client.connection.send(call_);
    client.asked.push_back(Clock::now());
    ++sent_;
  }

  void receive(int wait_ms, bool send_next = false) {
    if (::poll(polled_.data(), polled_.size(), wait_ms) <= 0) return;
    for (std::size_t i = 0; i < polled_.size(); ++i) {
      if (polled_[i].revents == 0) continue;
      char room[16384];
      const ssize_t got = ::recv(polled_[i].fd, room, sizeof room, MSG_DONTWAIT);
      if (got <= 0) throw std::runtime_error("the server closed a connection");
      clients_[i]->bytes.append(room, static_cast<std::size_t>(got));
      for (int replies = count(*clients_[i]); send_next && replies > 0; --replies) send(*clients_[i]);
    }
  }

  int count(Client& client) {
    std::string& bytes = client.bytes;
    int replies = 0;
    std::size_t at = 0;
    while (bytes.size() - at >= 8) {
      const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(bytes[at + i]); };
      const std::size_t size = std::size_t{4} + (byte(2) << 8 | byte(3));
      if (bytes.size() - at < size) break;
      const bool in_time = Clock::now() - client.asked.front() < kPatience;
      client.asked.pop_front();
      ++(byte(7) != apache::thrift::protocol::T_REPLY ? shed_ : in_time ? useful_ : late_);
      ++replies;
      at += size;
    }
    bytes.erase(0, at);
    return replies;
  }

  const std::string call_;
  std::vector<std::unique_ptr<Client>> clients_;
  std::vector<pollfd> polled_;
  std::uint64_t sent_ = 0;
  std::uint64_t useful_ = 0;
  std::uint64_t late_ = 0;
  std::uint64_t shed_ = 0;
};

TEST_CASE(
    "asked for three times what it can do, a server goes on doing nearly what it can, and answers everybody",
    "[host][overload]") {
  constexpr auto kTakes = 4ms;
  constexpr int kClients = 16;
  await_stamps();
  for (auto options : one_at_a_time()) {
    INFO(options.mode << ' ' << options.threads.value_or(0) << " threads");
    options.queue_timeout = 40ms;
    // A thread for each client is what that mode has: the other limit bounds it.
    if (options.mode == "threaded") options.max_in_flight = 1;
    if (options.mode == "threadpool" && !options.threads) continue;
    EchoHost host(options, [&](EchoHost::Processor echo) {
      return std::make_shared<SlowProcessor>(std::move(echo), kTakes);
    });
    double capacity = 0;
    {
      OpenLoop closed(host.endpoint(), options.mode == "threaded" ? 1 : 4);
      closed.run_closed(400ms);
      capacity = static_cast<double>(closed.useful()) / 0.4;
      CHECK(closed.all_answered());
    }
    REQUIRE(capacity > 20);
    OpenLoop clients(host.endpoint(), kClients);
    clients.run(3 * capacity, 800ms);
    const double useful = static_cast<double>(clients.useful()) / 0.8;
    CAPTURE(capacity, useful, clients.sent(), clients.shed());
    CHECK(clients.all_answered());
    CHECK(clients.shed() > clients.sent() / 4);
    // On one thread the kernel gives many calls of a connection one stamp, that of the last of
    // them: the first ones seem to have waited less than they have, and are run late.
    const bool stamps_suffice =
        options.mode != "simple" && (options.mode != "nonblocking" || options.threads);
    // Without a limit, none is in time. The rest to 1 is what a busy machine takes.
    if (stamps_suffice) CHECK(useful > 0.5 * capacity);
    const auto metrics = host.host().call_metrics();
    CHECK(metrics.shed_queue_timeout + metrics.shed_in_flight >= clients.shed());
    // It is not behind any more.
    EchoConnection late = connect(host);
    CHECK(eventually([&] { return refusal_of(late).empty(); }));
  }
}

}  // namespace
}  // namespace timeservice::test
