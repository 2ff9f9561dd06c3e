// What an operator is told of a host: the same in every mode, and while its threads are busy.
#include "server/host/admin.h"

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <thrift/TApplicationException.h>

#include "server/host/liveness.h"
#include "server/host/start_error.h"
#include "test/support/captured_log.h"
#include "test/support/catch.h"
#include "test/support/dialects.h"
#include "test/support/http_client.h"

namespace timeservice::test {
namespace {

using host::Health;
constexpr wire::Endpoint kAnyPort = {.host = "127.0.0.1", .port = 0, .path = {}};

/// An admin endpoint in this process, on a port of its own.
struct Served {
  CapturedLog log;
  host::Admin admin{kAnyPort, "test-server", "1.2.3", log.logger()};

  HttpReply get(std::string_view path) const { return http_get(*admin.endpoint(), path); }
  /// Each sample's value, by its name and labels as they are written.
  std::map<std::string, double> metrics() const {
    std::map<std::string, double> values;
    std::istringstream lines(get("/metrics").body);
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with('#')) continue;
      const std::size_t space = line.rfind(' ');
      const bool is_new = values.emplace(line.substr(0, space), std::stod(line.substr(space + 1))).second;
      if (!is_new) throw std::runtime_error("told twice: " + line);
    }
    return values;
  }
};

TEST_CASE("readiness follows the life of a server, and health does not", "[admin]") {
  Served served;
  const auto says = [&](std::string_view path, unsigned status, const std::string& body) {
    const HttpReply reply = served.get(path);
    INFO(path << ' ' << reply.status << ' ' << reply.body);
    return reply.status == status && reply.body == body;
  };
  CHECK(says("/readyz", 503, "starting\n"));
  CHECK(says("/healthz", 200, "starting\n"));
  served.admin.health().enter(Health::State::kServing);
  CHECK(says("/readyz", 200, "serving\n"));
  CHECK(says("/healthz", 200, "serving\n"));
  {
    const auto broken = served.admin.health().watch([] { return std::string("the disk is full"); });
    CHECK(says("/readyz", 503, "failed: the disk is full\n"));
    CHECK(says("/healthz", 200, "failed: the disk is full\n"));
    CHECK(served.metrics().at("test_server_health_state{state=\"failed\"}") == 1);
  }
  CHECK(says("/readyz", 200, "serving\n"));
  served.admin.health().enter(Health::State::kDraining);
  CHECK(says("/readyz", 503, "draining\n"));
  CHECK(says("/healthz", 200, "draining\n"));
}

TEST_CASE("the state is told as a number for each state", "[admin]") {
  Served served;
  for (const auto& [state, name] :
       {std::pair(Health::State::kStarting, "starting"), std::pair(Health::State::kServing, "serving"),
        std::pair(Health::State::kDraining, "draining")}) {
    served.admin.health().enter(state);
    const auto metrics = served.metrics();
    for (const auto* each : {"starting", "serving", "draining", "failed"}) {
      INFO(name << ' ' << each);
      CHECK(metrics.at(fmt::format("test_server_health_state{{state=\"{}\"}}", each)) ==
            (std::string_view(each) == name ? 1 : 0));
    }
  }
}

TEST_CASE("in every mode the numbers are those of what a client did", "[admin]") {
  for (const auto& mode : host::kModes) {
    INFO(mode.name);
    Served served;
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
    Served served;
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

TEST_CASE("a host whose threads all hang while clients wait is dead, until they get on", "[admin]") {
  for (const auto& mode : host::kModes) {
    INFO(mode.name);
    host::HostOptions options = options_for(mode.name);
    if (options.mode == "threaded") continue;  // a thread for each: nobody waits for one
    if (options.mode == "threadpool") options.threads = 1;
    if (options.mode == "reactor") options.io_threads = 1;
    EchoHost host(options);
    host::Liveness life(host.host(), std::chrono::milliseconds(100));
    CHECK(life.check().empty());
    EchoConnection blocked(host.endpoint(), wire::Protocol::kBinary, wire::Transport::kFramed);
    blocked->send_block("b");
    host.latch().until_waiting(1);
    EchoConnection waits(host.endpoint(), wire::Protocol::kBinary, wire::Transport::kFramed);
    waits->send_echo("w");
    CHECK(eventually([&] { return life.check().find("clients wait, and nothing was done") == 0; }));
    host.latch().release();
    CHECK(eventually([&] { return life.check().empty(); }));
  }
}

TEST_CASE("a dead server is to be restarted, and one that does not serve is not asked", "[admin]") {
  Served served;
  const auto dead = served.admin.health().watch_life([] { return std::string("all threads hang"); });
  CHECK(served.get("/healthz").status == 200);
  served.admin.health().enter(Health::State::kServing);
  const HttpReply reply = served.get("/healthz");
  CHECK(reply.status == 503);
  CHECK(reply.body == "stuck: all threads hang\n");
  CHECK(served.get("/readyz").status == 200);
  served.admin.health().enter(Health::State::kDraining);
  CHECK(served.get("/healthz").status == 200);
}

TEST_CASE("under load numbers only grow, and buckets always add up", "[admin]") {
  Served served;
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
  Served served;
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

TEST_CASE("parts tell what they know under the program's name until they take it back", "[admin]") {
  Served served;
  {
    const auto metrics = served.admin.add_metrics(
        [](host::MetricFamilies& families) { host::add_gauge(families, "mood", "Of the server.", 0.5); });
    const auto status = served.admin.add_status("mood", [] {
      return nlohmann::ordered_json{{"good", "rather"}};
    });
    CHECK(served.metrics().at("test_server_mood") == 0.5);
    CHECK(nlohmann::json::parse(served.get("/status").body).at("mood").at("good") == "rather");
  }
  CHECK_FALSE(served.metrics().contains("test_server_mood"));
  CHECK_FALSE(nlohmann::json::parse(served.get("/status").body).contains("mood"));
}

TEST_CASE("a part is never asked while, or after, what it reads is taken away", "[admin]") {
  Served served;
  std::atomic<bool> stop = false;
  std::atomic<int> asked = 0;
  std::thread asker([&] {
    for (; !stop; ++asked) {
      static_cast<void>(served.admin.metrics_text());
      static_cast<void>(served.admin.status_json());
    }
  });
  while (asked < 300) {
    const auto number = std::make_unique<double>(1);
    const auto metrics = served.admin.add_metrics(
        [&n = *number](host::MetricFamilies& families) { host::add_gauge(families, "n", "N.", n); });
    const auto status = served.admin.add_status("n", [&n = *number] { return nlohmann::ordered_json(n); });
  }
  stop = true;
  asker.join();
}

TEST_CASE("the status says what runs, and text that is no UTF-8 does not break it", "[admin]") {
  Served served;
  const auto odd = served.admin.add_status("odd", [] { return nlohmann::ordered_json("a\xff\xfe z"); });
  const HttpReply reply = served.get("/status");
  CHECK(reply.headers.at("content-type") == "application/json");
  const auto status = nlohmann::json::parse(reply.body);
  CHECK(status.at("program") == "test-server");
  CHECK(status.at("version") == "1.2.3");
  CHECK(status.at("uptime_s").is_number_integer());
  for (const auto* part : {"compiler", "thrift", "boost", "openssl"}) {
    CHECK_FALSE(status.at("build").at(part).get<std::string>().empty());
  }
  CHECK(status.at("health").at("state") == "starting");
  CHECK(status.at("odd").get<std::string>().find(" z") != std::string::npos);
}

TEST_CASE("without an endpoint nothing listens, and all else works", "[admin]") {
  const CapturedLog log;
  host::Admin admin(std::nullopt, "test-server", "1", log.logger());
  CHECK_FALSE(admin.endpoint().has_value());
  CHECK(admin.metrics_text().find("test_server_build_info{version=\"1\"") != std::string::npos);
  CHECK(nlohmann::json::parse(admin.status_json()).at("version") == "1");
}

TEST_CASE("an admin endpoint where calls are served is refused", "[admin]") {
  const auto refused = [](const std::string& admin, const std::string& listen) {
    try {
      host::check_admin_apart(wire::parse_endpoint(admin), {wire::parse_endpoint(listen)});
      return false;
    } catch (const host::UsageError& error) {
      return std::string(error.what()) ==
             fmt::format("--admin {}: --listen {} is in the way: choose another port", admin, listen);
    }
  };
  CHECK(refused("localhost:9090", "localhost:9090"));
  CHECK(refused("localhost:9090", "127.0.0.1:9090"));
  CHECK(refused("*:9090", "10.0.0.1:9090"));
  CHECK(refused("10.0.0.1:9090", "[::]:9090"));
  CHECK(refused("localhost:9090", "tls:localhost:9090"));
  CHECK(refused("unix:/run/a", "unix:/run/a"));
  CHECK_FALSE(refused("localhost:9191", "localhost:9090"));
  CHECK_FALSE(refused("localhost:0", "localhost:0"));
  CHECK_FALSE(refused("127.0.0.1:9090", "10.0.0.1:9090"));
  CHECK_FALSE(refused("unix:/run/a", "unix:/run/b"));
  CHECK_FALSE(refused("unix:/run/a", "localhost:9090"));
  CHECK_NOTHROW(host::check_admin_apart(std::nullopt, {wire::parse_endpoint("localhost:9090")}));
}

}  // namespace
}  // namespace timeservice::test
