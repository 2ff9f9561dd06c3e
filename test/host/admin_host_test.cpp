// What an operator is told of a host: the same in every mode, and while its threads are busy.
#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <thrift/TApplicationException.h>

#include "test/host/served_admin.h"
#include "test/support/catch.h"
#include "test/support/dialects.h"

namespace timeservice::test {
namespace {

using host::Health;

TEST_CASE("in every mode the numbers are those of what a client did", "[admin]") {
  for (const auto& mode : host::kModes) {
    INFO(mode.name);
    ServedAdmin served;
    host::HostOptions options = options_for(mode.name);
    options.measure_calls = true;
    EchoHost host(options);
    const auto told = served.admin.add(host.host());
    {
      EchoConnection client(host.endpoint(), wire::Protocol::kBinary, wire::Transport::kFramed);
      std::string reply;
      for (int i = 0; i < 7; ++i) client->echo(reply, "x");
      for (int i = 0; i < 3; ++i) CHECK_THROWS_AS(client->refuse("no", 1), echo_service::Refused);
      for (int i = 0; i < 2; ++i) CHECK_THROWS(client->fail("oh"));
      client->note("n");
      CHECK(client->notes() == 1);
    }
    {
      RawConnection wrong(host.endpoint());
      wrong.send("GET / HTTP/1.1\r\n\r\n");
      wrong.receive();
    }
    REQUIRE(eventually([&] { return host.host().connections_open() == 0; }));

    auto metrics = served.metrics();
    const auto of = [&](std::string_view name, std::string_view labels) {
      const std::string sample = fmt::format("test_server_{}{{{}}}", name, labels);
      INFO(sample);
      REQUIRE(metrics.contains(sample));
      return metrics.at(sample);
    };
    CHECK(of("calls_total", "method=\"Echo.echo\"") == 7);
    CHECK(of("calls_total", "method=\"Echo.refuse\"") == 3);
    CHECK(of("calls_total", "method=\"Echo.fail\"") == 2);
    CHECK(of("calls_total", "method=\"Echo.note\"") == 1);
    CHECK(of("call_errors_total", "method=\"Echo.fail\",kind=\"exception\"") == 2);
    CHECK(of("call_errors_total", "method=\"Echo.refuse\",kind=\"exception\"") == 0);
    CHECK(of("call_errors_total", "method=\"Echo.refuse\",kind=\"declared\"") == 3);
    CHECK(of("call_errors_total", "method=\"Echo.echo\",kind=\"declared\"") == 0);
    // A turn is counted a moment after its replies were sent.
    REQUIRE(eventually([&] {
      metrics = served.metrics();
      return of("call_duration_seconds_count", "method=\"Echo.notes\"") == 1;
    }));
    CHECK(of("call_duration_seconds_count", "method=\"Echo.echo\"") == 7);
    CHECK(of("call_duration_seconds_bucket", "method=\"Echo.echo\",le=\"+Inf\"") == 7);
    CHECK(of("call_duration_seconds_sum", "method=\"Echo.echo\"") > 0);
    CHECK(metrics.at("test_server_queue_seconds_count") == 14);
    CHECK(metrics.at("test_server_calls_in_flight") == 0);
    CHECK(metrics.at("test_server_connections_open") == 0);
    CHECK(metrics.at("test_server_connections_accepted_total") == 2);
    CHECK(of("wire_errors_total", "reason=\"http\"") == 1);
    CHECK(of("wire_errors_total", "reason=\"tls\"") == 0);
    CHECK(metrics.at("test_server_received_bytes_total") ==
          static_cast<double>(host.host().counters().bytes_in));
    CHECK(metrics.at("test_server_sent_bytes_total") > 0);
    CHECK(of("host_info", fmt::format("mode=\"{}\",protocol=\"auto\",transport=\"{}\"", mode.name,
                                      mode.carries_buffered ? "auto" : "framed")) == 1);

    const auto status = nlohmann::json::parse(served.get("/status").body);
    CHECK(status.at("mode") == mode.name);
    CHECK(status.at("endpoints").at(0) == wire::to_string(host.endpoint()));
    CHECK(status.at("calls").at("methods").at("Echo.echo").at("calls") == 7);
    CHECK(status.at("calls").at("methods").at("Echo.fail").at("errors").at("exception") == 2);
    CHECK(status.at("connections").at("wire_errors").at("http") == 1);
    CHECK(status.at("limits").at("connections") == host.host().options().max_connections);
  }
}

TEST_CASE("it answers while every thread of the host is busy, in every mode", "[admin]") {
  for (const auto& mode : host::kModes) {
    INFO(mode.name);
    ServedAdmin served;
    host::HostOptions options = options_for(mode.name);
    if (options.mode == "threadpool") options.threads = 2;
    if (options.mode == "reactor") options.io_threads = 2;
    EchoHost host(options);
    const auto told = served.admin.add(host.host());
    served.admin.health().enter(Health::State::kServing);
    const int at_once = mode.name == "simple" || mode.name == "nonblocking" ? 1 : 2;
    std::vector<std::unique_ptr<EchoConnection>> blocked;
    for (int i = 0; i < at_once + 4; ++i) {
      blocked.push_back(std::make_unique<EchoConnection>(host.endpoint(), wire::Protocol::kBinary,
                                                         wire::Transport::kFramed));
      std::string reply;  // each is served before any is blocked: the loop that blocks first accepts for all
      (*blocked.back())->echo(reply, "e");
    }
    for (const auto& client : blocked) (*client)->send_block("b");
    host.latch().until_waiting(at_once);
    for (int i = 0; i < 20; ++i) {
      CHECK(served.get("/readyz").status == 200);
      CHECK(served.metrics().at("test_server_calls_in_flight") >= at_once);
      CHECK(served.get("/status").status == 200);
    }
    host.latch().release();
  }
}

TEST_CASE("under load numbers only grow, and buckets always add up", "[admin]") {
  ServedAdmin served;
  host::HostOptions options = options_for("reactor");
  options.measure_calls = true;
  EchoHost host(options);
  const auto told = served.admin.add(host.host());
  std::atomic<bool> stop = false;
  std::vector<std::thread> callers;
  for (int i = 0; i < 3; ++i) {
    callers.emplace_back([&] {
      EchoConnection client(host.endpoint(), wire::Protocol::kBinary, wire::Transport::kFramed);
      std::string reply;
      while (!stop) client->echo(reply, "x");
    });
  }
  std::map<std::string, double> before;
  for (int look = 0; look < 50; ++look) {
    const auto now = served.metrics();
    for (const auto& [name, value] : before) {
      const bool grows = name.find("_total") != std::string::npos ||
                         name.find("_bucket") != std::string::npos ||
                         name.find("seconds_count") != std::string::npos;
      INFO(name << ' ' << value);
      if (grows) CHECK(now.at(name) >= value);
    }
    double last = 0;
    for (const double bound : host::DurationHistogram::kBounds) {
      const auto bucket = now.find(
          fmt::format("test_server_call_duration_seconds_bucket{{method=\"Echo.echo\",le=\"{}\"}}", bound));
      if (bucket == now.end()) continue;
      CHECK(bucket->second >= last);
      last = bucket->second;
    }
    if (const auto count = now.find("test_server_call_duration_seconds_count{method=\"Echo.echo\"}");
        count != now.end()) {
      CHECK(count->second >= last);
      CHECK(count->second ==
            now.at("test_server_call_duration_seconds_bucket{method=\"Echo.echo\",le=\"+Inf\"}"));
    }
    before = now;
  }
  stop = true;
  for (auto& caller : callers) caller.join();
}

TEST_CASE("a host that has not started is left out, and so is one that went", "[admin]") {
  ServedAdmin served;
  const auto has_mode = [&] { return nlohmann::json::parse(served.get("/status").body).contains("mode"); };
  {
    EchoHost host(options_for("threaded"));
    const auto told = served.admin.add(host.host());
    CHECK(has_mode());
    CHECK(served.metrics().contains("test_server_connections_open"));
  }
  CHECK_FALSE(has_mode());
  CHECK_FALSE(served.metrics().contains("test_server_connections_open"));
}

}  // namespace
}  // namespace timeservice::test
