// What an operator is told of a server: its state, its parts, and where.
#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "server/host/start_error.h"
#include "test/host/served_admin.h"
#include "test/support/catch.h"

namespace timeservice::test {
namespace {

using host::Health;

TEST_CASE("readiness follows the life of a server, and health does not", "[admin]") {
  ServedAdmin served;
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
  ServedAdmin served;
  for (const auto& [state, name] :
       {std::pair(Health::State::kStarting, "starting"), std::pair(Health::State::kServing, "serving"),
        std::pair(Health::State::kDraining, "draining")}) {
    served.admin.health().enter(state);
    const auto metrics = served.metrics();
    for (const auto* each : {"starting", "serving", "draining", "failed", "stuck"}) {
      INFO(name << ' ' << each);
      CHECK(metrics.at(fmt::format("test_server_health_state{{state=\"{}\"}}", each)) ==
            (std::string_view(each) == name ? 1 : 0));
    }
  }
}

TEST_CASE("a dead server is to be restarted, and one that does not serve is not asked", "[admin]") {
  ServedAdmin served;
  const auto dead = served.admin.health().watch_life([] { return std::string("all threads hang"); });
  CHECK(served.get("/healthz").status == 200);
  served.admin.health().enter(Health::State::kServing);
  const HttpReply reply = served.get("/healthz");
  CHECK(reply.status == 503);
  CHECK(reply.body == "stuck: all threads hang\n");
  CHECK(served.get("/readyz").status == 200);
  CHECK(served.metrics().at("test_server_health_state{state=\"stuck\"}") == 1);
  CHECK(served.metrics().at("test_server_health_state{state=\"serving\"}") == 0);
  served.admin.health().enter(Health::State::kDraining);
  CHECK(served.get("/healthz").status == 200);
}

TEST_CASE("parts tell what they know under the program's name until they take it back", "[admin]") {
  ServedAdmin served;
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
  ServedAdmin served;
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
  ServedAdmin served;
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
