// Limits hold where calls are measured, as by default, and also for event loops that run calls themselves.
#include <algorithm>
#include <chrono>
#include <future>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <thrift/TApplicationException.h>

#include "test/support/captured_log.h"
#include "test/support/catch.h"
#include "test/support/echo_host.h"
#include "test/support/written_call.h"

namespace timeservice::test {
namespace {

using apache::thrift::TApplicationException;
using namespace std::chrono_literals;

EchoConnection connect(EchoHost& host) {
  return EchoConnection(host.endpoint(), wire::Protocol::kBinary, wire::Transport::kFramed);
}

/// What the server says instead of running an echo; "" if it runs it.
std::string refusal_of(EchoConnection& client) {
  std::string reply;
  try {
    client->echo(reply, "x");
    return reply == "x" ? "" : "a wrong reply";
  } catch (const TApplicationException& error) {
    return error.getType() == TApplicationException::INTERNAL_ERROR ? error.what() : "a wrong type";
  }
}

std::uint64_t calls_of(const host::CallMetrics& metrics, std::string_view method) {
  const auto found = std::find_if(metrics.methods.begin(), metrics.methods.end(),
                                  [&](const auto& one) { return one.name == method; });
  return found == metrics.methods.end() ? 0 : found->calls;
}

TEST_CASE("two loops that run calls themselves hold max_in_flight together, measured or not",
          "[host][overload]") {
  for (const bool measured : {false, true}) {
    INFO("measured " << measured);
    host::HostOptions options = options_for("reactor");
    options.io_threads = 2;
    options.max_in_flight = 1;
    options.measure_calls = measured;
    EchoHost host(options);
    // A loop each, since one goes to where the fewest are; both are served before one is blocked, which may
    // be the one that accepts.
    EchoConnection blocks = connect(host);
    CHECK(refusal_of(blocks).empty());
    EchoConnection other = connect(host);
    CHECK(refusal_of(other).empty());
    blocks->send_block("b");
    host.latch().until_waiting(1);
    for (int i = 0; i < 3; ++i) CHECK(refusal_of(other).starts_with("overloaded: 1 calls"));
    other->note("dropped");
    CHECK(refusal_of(other).starts_with("overloaded: 1 calls"));
    CHECK(host.host().call_metrics().shed_in_flight == 5);
    CHECK(host.host().call_metrics().in_flight == 1);
    host.latch().release();
    std::string reply;
    blocks->recv_block(reply);
    CHECK(reply == "b");
    CHECK(eventually([&] { return refusal_of(other).empty(); }));
    CHECK(other->notes() == 0);
    CHECK(calls_of(host.host().call_metrics(), "Echo.note") == 0);
  }
}

TEST_CASE(
    "what an answer is, and that no call is one, is told where there are limits as where there are none",
    "[host][overload]") {
  std::string reply_message =
      written({wire::Protocol::kBinary, wire::Transport::kFramed}, [](EchoClient& c) { c.send_echo("x"); });
  reply_message[7] = apache::thrift::protocol::T_REPLY;
  for (const auto& mode : host::kModes) {
    for (const std::size_t limit : {0, 5}) {
      if (limit > 0 && !mode.takes_max_in_flight) continue;
      INFO(mode.name << ' ' << limit);
      host::HostOptions options = options_for(mode.name);
      options.measure_calls = true;
      options.max_in_flight = limit;
      EchoHost host(options);
      {
        EchoConnection client = connect(host);
        CHECK_THROWS_AS(client->refuse("no", 1), echo_service::Refused);
      }
      RawConnection wrong(host.endpoint());
      REQUIRE(wrong.send(reply_message));
      CHECK(eventually([&] { return host.refused_for(wire::WireError::kMalformed) == 1; }));
      const auto metrics = host.host().call_metrics();
      REQUIRE(metrics.methods.size() == 1);
      CHECK(metrics.methods.front().of(host::CallError::kDeclared) == 1);
    }
  }
}

TEST_CASE("a limit on calls in flight that event loops can never reach is warned of", "[host][overload]") {
  constexpr const char* kWarning = "means nothing without --threads";
  for (const auto& mode : host::kModes) {
    if (!mode.takes_io_threads) continue;
    const auto warnings_of = [&](std::size_t limit, std::optional<std::size_t> threads) {
      host::HostOptions options = options_for(mode.name);
      options.io_threads = 2;
      options.threads = threads;
      options.max_in_flight = limit;
      const CapturedLog log;
      Latch latch;
      host::Host host(options,
                      std::make_shared<echo_service::EchoProcessor>(std::make_shared<EchoHandler>(latch)),
                      log.logger());
      host.start();
      return log.count(kWarning);
    };
    INFO(mode.name);
    CHECK(warnings_of(2, 0) == 1);
    CHECK(warnings_of(1, 0) == 0);
    CHECK(warnings_of(0, 0) == 0);
    CHECK(warnings_of(2, 1) == 0);
    CHECK(warnings_of(2, {}) == (mode.name == "reactor" ? 0 : 1));  // which has workers when it needs them
  }
}

TEST_CASE("what is no call is refused, not shed", "[host][overload]") {
  std::string reply_message =
      written({wire::Protocol::kBinary, wire::Transport::kFramed}, [](EchoClient& c) { c.send_echo("x"); });
  reply_message[7] = apache::thrift::protocol::T_REPLY;
  for (const auto& mode : host::kModes) {
    if (!mode.takes_threads) continue;
    INFO(mode.name);
    host::HostOptions options = options_for(mode.name);
    options.threads = 1;
    options.max_in_flight = 1;
    EchoHost host(options);
    EchoConnection blocks = connect(host);
    blocks->send_block("b");
    host.latch().until_waiting(1);
    RawConnection wrong(host.endpoint());
    REQUIRE(wrong.send(reply_message));
    EchoConnection other = connect(host);
    CHECK(refusal_of(other).starts_with("overloaded: 1 calls"));
    host.latch().release();
    CHECK(eventually([&] { return host.refused_for(wire::WireError::kMalformed) == 1; }));
    CHECK(host.host().call_metrics().shed_in_flight == 1);
  }
}

TEST_CASE("a measured call that waited too long is not run, and its wait is measured", "[host][overload]") {
  constexpr auto kQueueTimeout = 500ms;
  for (const auto& mode : host::kModes) {
    if (!mode.takes_threads) continue;
    INFO(mode.name);
    host::HostOptions options = options_for(mode.name);
    options.threads = 1;
    options.measure_calls = true;
    options.queue_timeout = kQueueTimeout;
    EchoHost host(options);
    EchoConnection first = connect(host);
    first->send_block("b");
    host.latch().until_waiting(1);
    EchoConnection second = connect(host);
    second->send_echo("x");
    // One runs, the other waits for the thread.
    CHECK(eventually([&] { return host.host().call_metrics().in_flight == 2; }));
    std::this_thread::sleep_for(kQueueTimeout + 100ms);  // the time that it waits
    host.latch().release();
    std::string reply;
    first->recv_block(reply);
    CHECK(reply == "b");
    try {
      second->recv_echo(reply);
      FAIL("it was run");
    } catch (const TApplicationException& error) {
      CHECK(std::string_view(error.what()).starts_with("overloaded: the call waited longer than 500 ms"));
    }
    CHECK(eventually([&] { return host.host().call_metrics().queue.count() == 2; }));
    const auto metrics = host.host().call_metrics();
    CHECK(metrics.shed_queue_timeout == 1);
    CHECK(calls_of(metrics, "Echo.echo") == 0);
    CHECK(metrics.queue.sum_seconds >= std::chrono::duration<double>(kQueueTimeout).count());
  }
}

}  // namespace
}  // namespace timeservice::test
