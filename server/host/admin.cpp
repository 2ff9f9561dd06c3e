#include "server/host/admin.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <mutex>
#include <utility>

#include <fmt/format.h>

#include "server/host/admin_http.h"
#include "server/host/build_info.h"
#include "server/host/host.h"
#include "server/host/host_metrics.h"
#include "server/host/process_metrics.h"
#include "server/host/start_error.h"

namespace timeservice::host {
namespace {

using nlohmann::ordered_json;

constexpr std::array kStates = {Health::State::kStarting, Health::State::kServing, Health::State::kDraining,
                                Health::State::kFailed};

bool is_every_address(const wire::Endpoint& endpoint) {
  return endpoint.host.empty() || endpoint.host == "*" || endpoint.host == "0.0.0.0" || endpoint.host == "::";
}

bool is_loopback(const wire::Endpoint& endpoint) {
  return endpoint.host == "localhost" || endpoint.host.starts_with("127.") || endpoint.host == "::1";
}

bool overlap(const wire::Endpoint& one, const wire::Endpoint& other) {
  if (one.is_unix() || other.is_unix()) return one.path == other.path;
  if (one.port != other.port || one.port == 0) return false;
  return one.host == other.host || is_every_address(one) || is_every_address(other) ||
         (is_loopback(one) && is_loopback(other));
}

/// "time-server" becomes "time_server_".
std::string prefix_of(std::string program) {
  std::replace_if(
      program.begin(), program.end(), [](char c) { return !std::isalnum(static_cast<unsigned char>(c)); },
      '_');
  return program + "_";
}

std::string line_of(const Health::Now& now) {
  return now.reason.empty() ? fmt::format("{}\n", to_string(now.state))
                            : fmt::format("{}: {}\n", to_string(now.state), now.reason);
}

void add_build_metrics(MetricFamilies& families, const std::string& version) {
  const BuildInfo build = build_info();
  add_sample(add_gauges(families, "build_info", "What runs: always 1."), 1,
             {{"version", version},
              {"compiler", std::string(build.compiler)},
              {"thrift", std::string(build.thrift)},
              {"boost", build.boost},
              {"openssl", std::string(build.openssl)}});
}

/// One that is stuck can do nothing of what its state promises.
void add_health_metrics(MetricFamilies& families, const Health& health) {
  auto& family =
      add_gauges(families, "health_state", "1 for the state that the server is in, 0 for the others.");
  const bool stuck = !health.dead().empty();
  const Health::State now = health.now().state;
  for (const Health::State state : kStates) {
    add_sample(family, state == now && !stuck ? 1 : 0, {{"state", std::string(to_string(state))}});
  }
  add_sample(family, stuck ? 1 : 0, {{"state", "stuck"}});
}

}  // namespace

void check_admin_apart(const std::optional<wire::Endpoint>& admin,
                       const std::vector<wire::Endpoint>& listen) {
  if (!admin) return;
  for (const wire::Endpoint& endpoint : listen) {
    if (!overlap(*admin, endpoint)) continue;
    throw UsageError(fmt::format("--admin {}: --listen {} is in the way: choose another port",
                                 wire::to_string(*admin), wire::to_string(endpoint)));
  }
}

struct Admin::Parts {
  struct Section {
    std::string name;
    Status status;
  };

  /// Adds to one of the lists, until the registration goes.
  template <typename Part>
  static Registration add(const std::shared_ptr<Parts>& parts,
                          std::vector<std::shared_ptr<const Part>> Parts::*list, Part part) {
    auto added = std::make_shared<const Part>(std::move(part));
    {
      const std::lock_guard lock(parts->mutex);
      ((*parts).*list).push_back(added);
    }
    return Registration(std::shared_ptr<void>(nullptr, [parts, list, added = std::move(added)](void*) {
      const std::lock_guard lock(parts->mutex);
      std::erase((*parts).*list, added);
    }));
  }

  const std::chrono::steady_clock::time_point started = std::chrono::steady_clock::now();
  /// Held while parts are asked, so that none goes meanwhile.
  std::mutex mutex;
  std::vector<std::shared_ptr<const Metrics>> metrics = {};
  std::vector<std::shared_ptr<const Section>> sections = {};
};

Admin::Admin(const std::optional<wire::Endpoint>& endpoint, std::string program, std::string version,
             const std::shared_ptr<spdlog::logger>& log)
    : program_(std::move(program)), version_(std::move(version)), parts_(std::make_shared<Parts>()) {
  if (!endpoint) return;
  http_ = std::make_unique<AdminHttp>(
      *endpoint,
      AdminPages{
          {"/healthz", "whether the process works: 503 asks for a restart",
           [this] {
             if (const std::string why = health_.dead(); !why.empty()) {
               return AdminAnswer{.status = 503, .body = fmt::format("stuck: {}\n", why)};
             }
             return AdminAnswer{.body = line_of(health_.now())};
           }},
          {"/readyz", "whether to send it work: 503 while it starts, drains or has failed",
           [this] {
             const Health::Now now = health_.now();
             return AdminAnswer{.status = now.state == Health::State::kServing ? 200u : 503u,
                                .body = line_of(now)};
           }},
          {"/metrics", "for Prometheus",
           [this] {
             return AdminAnswer{.type = "text/plain; version=0.0.4; charset=utf-8", .body = metrics_text()};
           }},
          {"/status", "for people and scripts, in JSON",
           [this] { return AdminAnswer{.type = "application/json", .body = status_json()}; }},
      },
      log);
  log->info("admin: HTTP at {}", wire::to_string(http_->bound()));
}

Admin::~Admin() = default;

Admin::Registration Admin::add_metrics(Metrics metrics) {
  return Parts::add(parts_, &Parts::metrics, std::move(metrics));
}

Admin::Registration Admin::add_status(std::string section, Status status) {
  return Parts::add(parts_, &Parts::sections, Parts::Section{std::move(section), std::move(status)});
}

Admin::Registration Admin::add(const Host& host) {
  auto all = std::make_shared<std::vector<Registration>>();
  all->push_back(add_metrics([&host](MetricFamilies& families) { add_host_metrics(families, host); }));
  for (const HostSection& section : kHostSections) {
    all->push_back(add_status(
        section.name, [&host, &section] { return host.started() ? section.status(host) : ordered_json(); }));
  }
  return Registration(std::move(all));
}

std::optional<wire::Endpoint> Admin::endpoint() const {
  if (!http_) return std::nullopt;
  return http_->bound().front();
}

std::string Admin::metrics_text() const {
  MetricFamilies families;
  add_build_metrics(families, version_);
  add_health_metrics(families, health_);
  {
    const std::lock_guard lock(parts_->mutex);
    for (const auto& add : parts_->metrics) (*add)(families);
  }
  const std::string prefix = prefix_of(program_);
  for (prometheus::MetricFamily& family : families) family.name.insert(0, prefix);
  add_process_metrics(families);
  return host::metrics_text(std::move(families));
}

std::string Admin::status_json() const {
  const Health::Now now = health_.now();
  const BuildInfo build = build_info();
  ordered_json status;
  status["program"] = program_;
  status["version"] = version_;
  status["build"] = {{"compiler", build.compiler},
                     {"thrift", build.thrift},
                     {"boost", build.boost},
                     {"openssl", build.openssl}};
  status["health"] = {{"state", to_string(now.state)}, {"reason", now.reason}};
  status["uptime_s"] =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - parts_->started)
          .count();
  const std::lock_guard lock(parts_->mutex);
  for (const auto& section : parts_->sections) {
    if (auto told = section->status(); !told.is_null()) status[section->name] = std::move(told);
  }
  return status.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace timeservice::host
