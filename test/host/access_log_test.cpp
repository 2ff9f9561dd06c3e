// One line for each call, at debug level.
#include <algorithm>
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <spdlog/sinks/ringbuffer_sink.h>
#include <thrift/TApplicationException.h>

#include "server/host/host.h"
#include "test/support/catch.h"
#include "test/support/dialects.h"
#include "test/support/echo_host.h"
#include "test/support/written_call.h"

namespace timeservice::test {
namespace {

/// A host of the echo service whose log is read.
struct LoggedHost {
  LoggedHost(const host::HostOptions& options, spdlog::level::level_enum level) {
    log->set_pattern("%v");
    log->set_level(level);
    served = std::make_unique<host::Host>(
        options, std::make_shared<echo_service::EchoProcessor>(std::make_shared<EchoHandler>(latch)), log);
    served->start();
  }
  ~LoggedHost() {
    latch.release();
    served->stop();
  }

  std::vector<std::string> calls() const {
    std::vector<std::string> lines;
    for (const std::string& line : sink->last_formatted()) {
      if (line.rfind("call ", 0) == 0) lines.push_back(line);
    }
    return lines;
  }

  Latch latch;
  std::shared_ptr<spdlog::sinks::ringbuffer_sink_mt> sink =
      std::make_shared<spdlog::sinks::ringbuffer_sink_mt>(500);
  std::shared_ptr<spdlog::logger> log = std::make_shared<spdlog::logger>("test", sink);
  std::unique_ptr<host::Host> served;
};

bool has(const std::string& line, const std::string& part) { return line.find(part) != std::string::npos; }

/// The number behind `name=` in a line; -1: there is none.
double number_of(const std::string& line, const std::string& name) {
  const std::size_t at = line.find(" " + name + "=");
  return at == std::string::npos ? -1 : std::stod(line.substr(at + name.size() + 2));
}

constexpr wire::Dialect kFramedBinary{wire::Protocol::kBinary, wire::Transport::kFramed};

/// A call that waits at the latch, on a connection of its own.
std::future<std::string> call_block(const LoggedHost& host) {
  return std::async(std::launch::async, [&host] {
    EchoConnection client(host.served->endpoints().front(), kFramedBinary.protocol, kFramedBinary.transport);
    std::string reply;
    client->block(reply, "b");
    return reply;
  });
}

/// The ways to serve in which one thread runs all calls while others read them.
std::vector<host::HostOptions> with_one_worker() {
  std::vector<host::HostOptions> ways;
  for (const auto& mode : host::kModes) {
    if (!mode.takes_threads) continue;
    ways.push_back(options_for(mode.name));
    ways.back().threads = 1;
  }
  return ways;
}

TEST_CASE("at debug level each call has its line, in every mode and dialect, and its arguments have not",
          "[host][log]") {
  using apache::thrift::TApplicationException;
  for (const auto& mode : host::kModes) {
    for (const wire::Dialect& dialect : dialects_of(mode)) {
      INFO(mode.name << ' ' << wire::name(dialect.protocol) << ' ' << wire::name(dialect.transport));
      host::HostOptions options = options_for(mode.name);
      options.measure_calls = true;  // as by default
      LoggedHost host(options, spdlog::level::debug);
      EchoConnection client(host.served->endpoints().front(), dialect.protocol, dialect.transport);
      std::string reply;
      client->echo(reply, "secret");
      CHECK_THROWS_AS(client->fail("secret"), TApplicationException);
      CHECK_THROWS_AS(client->refuse("secret", 1), echo_service::Refused);
      client->note("secret");
      client->notes();
      CHECK(eventually([&] { return host.calls().size() == 5; }));
      const auto lines = host.calls();
      REQUIRE(lines.size() == 5);
      CHECK(has(lines[0], "method=echo outcome=reply "));
      CHECK(has(lines[1], "method=fail outcome=exception "));
      CHECK(has(lines[2], "method=refuse outcome=declared "));
      CHECK(has(lines[3], "method=note outcome=oneway "));
      CHECK(has(lines[4], "method=notes outcome=reply "));
      for (const std::string& line : lines) {
        CAPTURE(line);
        CHECK(has(line, " peer=127.0.0.1:"));
        CHECK(has(line, " protocol=" + std::string(wire::name(dialect.protocol))));
        CHECK(has(line, " transport=" + std::string(wire::name(dialect.transport))));
        CHECK_FALSE(has(line, "secret"));
        CHECK_FALSE(has(line, "bytes_in=0"));
      }
      CHECK(has(lines[3], "bytes_out=0 "));
      CHECK_FALSE(has(lines[4], "bytes_out=0 "));
    }
  }
}

TEST_CASE(
    "each of some calls that come together has a line with its own bytes, those of its frame among them",
    "[host][log]") {
  for (const auto& mode : host::kModes) {
    INFO(mode.name);
    LoggedHost host(options_for(mode.name), spdlog::level::debug);
    RawConnection client(host.served->endpoints().front());
    std::string calls;
    std::vector<std::string> bytes;
    for (const std::size_t size : {0u, 700u, 30u}) {
      const std::string call =
          written(kFramedBinary, [&](EchoClient& c) { c.send_echo(std::string(size, 'x')); });
      calls += call;
      // A reply of one field, as the call was.
      bytes.push_back(fmt::format(" bytes_in={0} bytes_out={0} ", call.size()));
    }
    REQUIRE(client.send(calls));
    CHECK(client.receive(calls.size()).size() == calls.size());
    CHECK(eventually([&] { return host.calls().size() == bytes.size(); }));
    const auto lines = host.calls();
    REQUIRE(lines.size() == bytes.size());
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      CAPTURE(lines[i], bytes[i]);
      CHECK(has(lines[i], bytes[i]));
    }
  }
}

TEST_CASE("a call of no known method, and one whose arguments do not decode, have lines that say so",
          "[host][log]") {
  for (const auto& mode : host::kModes) {
    INFO(mode.name);
    LoggedHost host(options_for(mode.name), spdlog::level::debug);
    RawConnection client(host.served->endpoints().front());
    const auto send = [&](const std::string& call) {
      return client.send(std::string{0, 0, 0, static_cast<char>(call.size())} + call);
    };
    REQUIRE(send("[1,\"echo\",1,1,{\"1\":{\"str\":7}}]"));
    REQUIRE(send("[1,\"sing\",1,2,{}]"));
    CHECK(eventually([&] { return host.calls().size() == 2; }));
    const auto lines = host.calls();
    REQUIRE(lines.size() == 2);
    CHECK(has(lines[0], "method=echo outcome=arguments "));
    CHECK(has(lines[1], "method=sing outcome=unknown_method "));
  }
}

TEST_CASE("a call over max_in_flight has its line, with what its refusal took", "[host][log]") {
  for (auto options : with_one_worker()) {
    INFO(options.mode);
    options.max_in_flight = 1;
    LoggedHost host(options, spdlog::level::debug);
    auto runs = call_block(host);
    host.latch.until_waiting(1);
    RawConnection shed(host.served->endpoints().front());
    const std::string call = written(kFramedBinary, [](EchoClient& c) { c.send_echo("x"); });
    REQUIRE(shed.send(call + call));
    CHECK(eventually([&] { return host.calls().size() == 2; }));
    const auto lines = host.calls();
    const auto bytes_out = [&] {
      double sum = 0;
      for (const std::string& line : lines) sum += number_of(line, "bytes_out");
      return sum;
    };
    CHECK(eventually(
        [&] { return static_cast<double>(host.served->counters().bytes_out.load()) == bytes_out(); }));
    host.latch.release();
    CHECK(runs.get() == "b");
    REQUIRE(lines.size() == 2);
    for (const std::string& line : lines) {
      CAPTURE(line);
      CHECK(has(line, "method=echo outcome=in_flight "));
      CHECK(number_of(line, "bytes_in") == static_cast<double>(call.size()));
      CHECK(number_of(line, "bytes_out") == bytes_out() / 2);  // both are told the same
    }
  }
}

TEST_CASE("a line tells how long its call waited for a thread, and that a late one was not run",
          "[host][log]") {
  constexpr auto kQueueTimeout = std::chrono::milliseconds(500);
  for (auto options : with_one_worker()) {
    for (const bool is_late : {false, true}) {
      INFO(options.mode << ' ' << is_late);
      options.measure_calls = true;
      options.queue_timeout = is_late ? kQueueTimeout : std::chrono::hours(1);
      LoggedHost host(options, spdlog::level::debug);
      auto first = call_block(host);
      host.latch.until_waiting(1);
      EchoConnection second(host.served->endpoints().front(), kFramedBinary.protocol,
                            kFramedBinary.transport);
      second->send_echo("x");
      // One runs, the other waits for the thread.
      CHECK(eventually([&] { return host.served->call_metrics().in_flight == 2; }));
      std::this_thread::sleep_for(kQueueTimeout + std::chrono::milliseconds(100));  // the time that it waits
      host.latch.release();
      CHECK(first.get() == "b");
      CHECK(eventually([&] { return host.calls().size() == 2; }));
      auto lines = host.calls();
      REQUIRE(lines.size() == 2);
      if (has(lines[0], "method=echo ")) std::swap(lines[0], lines[1]);
      CAPTURE(lines[0], lines[1]);
      CHECK(has(lines[0], "method=block outcome=reply "));
      CHECK(has(lines[1], is_late ? "method=echo outcome=queue_timeout " : "method=echo outcome=reply "));
      const double waited_us = std::chrono::duration<double, std::micro>(kQueueTimeout).count();
      CHECK(number_of(lines[1], "waited_us") >= waited_us);
      CHECK(number_of(lines[1], "bytes_out") > 0);
      // There the thread reads the call that it runs, and what it took begins with that.
      if (options.mode == "threadpool")
        CHECK(number_of(lines[1], "took_us") < number_of(lines[1], "waited_us"));
      CHECK(number_of(lines[0], "took_us") >= waited_us);
      // That one waited for nobody, and what took its time was not the wait.
      CHECK(number_of(lines[0], "waited_us") < number_of(lines[0], "took_us"));
    }
  }
}

TEST_CASE("above debug level there is no line for a call", "[host][log]") {
  for (const auto& mode : host::kModes) {
    INFO(mode.name);
    LoggedHost host(options_for(mode.name), spdlog::level::info);
    EchoConnection client(host.served->endpoints().front(), wire::Protocol::kBinary,
                          wire::Transport::kFramed);
    std::string reply;
    for (int i = 0; i < 3; ++i) client->echo(reply, "x");
    CHECK(host.calls().empty());
  }
}

}  // namespace
}  // namespace timeservice::test
