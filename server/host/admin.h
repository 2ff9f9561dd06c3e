#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>
#include <spdlog/logger.h>

#include "server/host/health.h"
#include "server/host/metric_families.h"
#include "wire/endpoint.h"

namespace timeservice::host {

class Host;
class AdminHttp;

/// Throws UsageError where the two would be the same place.
void check_admin_apart(const std::optional<wire::Endpoint>& admin, const std::vector<wire::Endpoint>& listen);

/// What an operator sees of a server: its health, its metrics and its status, over
/// HTTP where an endpoint is named:
///
///   /healthz   200 while the process gets on; 503 once it is stuck, for a restart
///   /readyz    200 while it serves; 503 while it starts, drains or has failed
///   /metrics   Prometheus's text format
///   /status    JSON
///
/// A server that has failed is not ready, and still healthy: what Health::watch() is told of
/// (a lost disk, say) is not mended by a restart, which would only take away what still works.
///
/// Parts of the program add what they know, and take it back before they go. It has a
/// thread of its own, so it answers while every other thread is busy. Any thread.
class Admin {
 public:
  /// Appends families, whose names get the program's before them ("calls_total" becomes
  /// "time_server_calls_total"); two parts must not add families of one name. Never waits.
  using Metrics = std::function<void(MetricFamilies&)>;
  /// A section of /status; null: nothing to tell now. Never waits.
  using Status = std::function<nlohmann::ordered_json()>;
  using Registration = Health::Registration;

  /// Answers at once, if an endpoint is named: as starting. `program` and `version` say
  /// what runs. Throws StartError where it cannot listen.
  Admin(const std::optional<wire::Endpoint>& endpoint, std::string program, std::string version,
        const std::shared_ptr<spdlog::logger>& log);
  ~Admin();
  Admin(const Admin&) = delete;
  Admin& operator=(const Admin&) = delete;

  Health& health() { return health_; }
  [[nodiscard]] Registration add_metrics(Metrics metrics);
  /// Sections are told in the order in which they were added.
  [[nodiscard]] Registration add_status(std::string section, Status status);
  /// The metrics and the status of a host: calls, connections, bytes, limits. Whether it gets
  /// on, a Watchdog tells health(), as in serve_until_signal().
  [[nodiscard]] Registration add(const Host& host);

  /// Where it answers, with the port really bound; nothing without an endpoint.
  std::optional<wire::Endpoint> endpoint() const;

  // What it answers with:
  std::string metrics_text() const;
  std::string status_json() const;

 private:
  struct Parts;

  Health health_;
  const std::string program_;
  const std::string version_;
  const std::shared_ptr<Parts> parts_;
  std::unique_ptr<AdminHttp> http_;
};

}  // namespace timeservice::host
