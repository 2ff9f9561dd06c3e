// What calls cost is written down the same in every mode.
#include <chrono>
#include <future>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include <thrift/TApplicationException.h>

#include "test/support/catch.h"
#include "test/support/dialects.h"
#include "test/support/echo_host.h"
#include "test/support/written_call.h"

namespace timeservice::test {
namespace {

using apache::thrift::TApplicationException;
using host::CallError;
using Methods = std::map<std::string, host::CallCounters::Method>;

/// Every mode, measured, as it is and with the threads that it can be given.
std::vector<host::HostOptions> every_measured_way() {
  std::vector<host::HostOptions> ways;
  for (const auto& mode : host::kModes) {
    ways.push_back(options_for(mode.name));
    if (mode.takes_threads) {
      ways.push_back(options_for(mode.name));
      ways.back().threads = 2;
    }
  }
  for (auto& options : ways) options.measure_calls = true;
  return ways;
}

Methods methods_of(const EchoHost& host) {
  Methods by_name;
  for (auto& method : const_cast<EchoHost&>(host).host().call_metrics().methods) {
    by_name[method.name] = std::move(method);
  }
  return by_name;
}

void send_unknown(EchoConnection& client) {
  const auto protocol = client.protocol();
  protocol->writeMessageBegin("no_such_method", apache::thrift::protocol::T_CALL, 1);
  protocol->writeStructBegin("");
  protocol->writeFieldStop();
  protocol->writeStructEnd();
  protocol->writeMessageEnd();
  protocol->getTransport()->writeEnd();
  protocol->getTransport()->flush();
}

TEST_CASE("each call is in the histograms once, and under its method and its end, in every mode and dialect",
          "[host][metrics]") {
  for (const auto& options : every_measured_way()) {
    for (const wire::Dialect& dialect : dialects_of(host::mode_for(options))) {
      INFO(options.mode << ' ' << options.threads.value_or(0) << " threads " << wire::name(dialect.protocol)
                        << ' ' << wire::name(dialect.transport));
      EchoHost host(options);
      EchoConnection client(host.endpoint(), dialect.protocol, dialect.transport);
      std::string reply;
      for (int i = 0; i < 5; ++i) client->echo(reply, "t");
      for (int i = 0; i < 3; ++i) CHECK_THROWS_AS(client->fail("x"), TApplicationException);
      CHECK_THROWS_AS(client->fail("int"), TApplicationException);
      for (int i = 0; i < 2; ++i) CHECK_THROWS_AS(client->refuse("no", 1), echo_service::Refused);
      client->note("n");
      send_unknown(client);
      CHECK_THROWS_AS(client->recv_echo(reply), TApplicationException);
      // The last call's reply may be with its client before it is written down.
      CHECK(eventually([&] { return host.host().call_metrics().queue.count() == 13; }));
      const auto metrics = host.host().call_metrics();
      Methods methods = methods_of(host);
      CHECK(methods.size() == 4);
      CHECK(methods["Echo.echo"].calls == 5);
      CHECK(methods["Echo.echo"].durations.count() == 5);
      CHECK(methods["Echo.echo"].failed == 0);
      CHECK(methods["Echo.echo"].of(CallError::kDeclared) == 0);
      CHECK(methods["Echo.fail"].durations.count() == 4);
      CHECK(methods["Echo.fail"].of(CallError::kException) == 4);
      CHECK(methods["Echo.fail"].failed == 4);
      CHECK(methods["Echo.refuse"].durations.count() == 2);
      CHECK(methods["Echo.refuse"].of(CallError::kDeclared) == 2);
      CHECK(methods["Echo.refuse"].failed == 0);
      CHECK(methods["Echo.note"].durations.count() == 1);
      CHECK(metrics.unknown_method == 1);
      CHECK(metrics.in_flight == 0);
      CHECK(metrics.shed_in_flight == 0);
      CHECK(metrics.shed_queue_timeout == 0);
    }
  }
}

TEST_CASE("arguments that do not decode are an error of their own", "[host][metrics]") {
  for (const auto& options : every_measured_way()) {
    INFO(options.mode << ' ' << options.threads.value_or(0) << " threads");
    EchoHost host(options);
    RawConnection client(host.endpoint());
    const std::string call = "[1,\"echo\",1,1,{\"1\":{\"str\":7}}]";
    REQUIRE(client.send(std::string{0, 0, 0, static_cast<char>(call.size())} + call));
    CHECK(client.receive(8).size() == 8);
    CHECK(eventually([&] { return methods_of(host)["Echo.echo"].durations.count() == 1; }));
    CHECK(methods_of(host)["Echo.echo"].of(CallError::kArguments) == 1);
    CHECK(methods_of(host)["Echo.echo"].of(CallError::kException) == 0);
    CHECK(methods_of(host)["Echo.echo"].failed == 1);
    CHECK(host.host().call_metrics().unknown_method == 0);
  }
}

TEST_CASE("pipelined calls are each measured, whatever methods they mix", "[host][metrics]") {
  const wire::Dialect dialect{wire::Protocol::kBinary, wire::Transport::kFramed};
  constexpr int kRounds = 50;
  for (const auto& options : every_measured_way()) {
    INFO(options.mode << ' ' << options.threads.value_or(0) << " threads");
    EchoHost host(options);
    RawConnection client(host.endpoint());
    std::string calls;
    for (int i = 0; i < kRounds; ++i) {
      calls += written(dialect, [](EchoClient& c) { c.send_echo("x"); });
      calls += written(dialect, [](EchoClient& c) { c.send_sum({1, 2}); });
      calls += written(dialect, [](EchoClient& c) { c.send_notes(); });
    }
    REQUIRE(client.send(calls));
    CHECK(eventually([&] { return host.host().call_metrics().queue.count() == 3 * kRounds; }));
    CHECK(eventually([&] { return methods_of(host)["Echo.notes"].durations.count() == kRounds; }));
    for (const auto& [name, method] : methods_of(host)) {
      CAPTURE(name);
      CHECK(method.calls == kRounds);
      CHECK(method.durations.count() == kRounds);
    }
  }
}

/// How many took at most `bound` seconds, which is one of the histogram's.
std::uint64_t within(const host::DurationHistogram::Snapshot& durations, double bound) {
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < host::DurationHistogram::kBounds.size(); ++i) {
    if (host::DurationHistogram::kBounds[i] <= bound) count += durations.counts[i];
  }
  return count;
}

TEST_CASE("a call took as long as its client waited for it, and one behind it waited for a thread",
          "[host][metrics]") {
  constexpr double kBound = 0.5;
  constexpr double kHeld = kBound + 0.1;
  for (const auto& mode : host::kModes) {
    if (!mode.takes_threads) continue;
    INFO(mode.name);
    auto options = options_for(mode.name);
    options.measure_calls = true;
    options.threads = 1;
    EchoHost host(options);
    const auto call = [&](const std::string& token) {
      return std::async(std::launch::async, [&host, token] {
        EchoConnection client(host.endpoint(), wire::Protocol::kBinary, wire::Transport::kFramed);
        std::string reply;
        client->block(reply, token);
        return reply;
      });
    };
    auto first = call("first");
    host.latch().until_waiting(1);
    auto second = call("second");
    // One runs, the other waits for the thread: both are in flight.
    CHECK(eventually([&] { return host.host().call_metrics().in_flight == 2; }));
    std::this_thread::sleep_for(std::chrono::duration<double>(kHeld));  // the time that is measured
    host.latch().release();
    CHECK(first.get() == "first");
    CHECK(second.get() == "second");
    CHECK(eventually([&] { return methods_of(host)["Echo.block"].durations.count() == 2; }));
    const auto metrics = host.host().call_metrics();
    // A client that leaves is looked at by a thread too.
    CHECK(eventually([&] { return host.host().call_metrics().in_flight == 0; }));
    CHECK(metrics.methods.front().durations.sum_seconds >= kHeld);
    CHECK(metrics.queue.count() == 2);
    CHECK(metrics.queue.sum_seconds >= kHeld);
    // One did not wait, however long it ran; the other is not among the quick ones.
    CHECK(within(metrics.queue, kBound) == 1);
    // Where a thread reads the call that it runs, the wait for that is none of the call's time.
    CHECK(within(metrics.methods.front().durations, kBound) == (mode.name == "threadpool" ? 1 : 0));
  }
}

TEST_CASE("what is not measured costs no histogram, and failures are counted all the same",
          "[host][metrics]") {
  for (const auto& mode : host::kModes) {
    INFO(mode.name);
    EchoHost host(options_for(mode.name));
    EchoConnection client(host.endpoint(), wire::Protocol::kBinary, wire::Transport::kFramed);
    CHECK_THROWS_AS(client->fail("x"), TApplicationException);
    CHECK_THROWS_AS(client->refuse("no", 1), echo_service::Refused);
    send_unknown(client);
    std::string reply;
    CHECK_THROWS_AS(client->recv_echo(reply), TApplicationException);
    client->echo(reply, "t");
    auto methods = methods_of(host);
    CHECK(methods["Echo.fail"].of(CallError::kException) == 1);
    CHECK(methods["Echo.fail"].durations.count() == 0);
    CHECK(methods["Echo.refuse"].of(CallError::kDeclared) == 0);
    CHECK(host.host().call_metrics().unknown_method == 1);
    CHECK(host.host().call_metrics().queue.count() == 0);
  }
}

TEST_CASE("numbers that are read while calls run never go back, and what has ended had begun",
          "[host][metrics]") {
  auto options = options_for("reactor");
  options.measure_calls = true;
  options.io_threads = 2;
  EchoHost host(options);
  std::atomic<bool> done = false;
  std::vector<std::thread> clients;
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back([&] {
      EchoConnection client(host.endpoint(), wire::Protocol::kBinary, wire::Transport::kFramed);
      std::string reply;
      while (!done) client->echo(reply, "x");
    });
  }
  host::CallCounters::Method before;
  bool sane = true;
  for (int i = 0; i < 2000; ++i) {
    const auto now = methods_of(host)["Echo.echo"];
    sane = sane && now.calls >= before.calls && now.durations.count() >= before.durations.count() &&
           now.durations.count() <= now.calls && now.in_flight <= now.calls;
    before = now;
  }
  done = true;
  for (auto& client : clients) client.join();
  CHECK(sane);
  const auto now = methods_of(host)["Echo.echo"];
  CHECK(eventually([&] {
    const auto end = methods_of(host)["Echo.echo"];
    return end.durations.count() == now.calls && end.in_flight == 0;
  }));
}

}  // namespace
}  // namespace timeservice::test
