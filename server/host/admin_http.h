#pragma once

#include <memory>
#include <vector>

#include <spdlog/logger.h>

#include "server/host/admin_page.h"
#include "server/host/admin_timeouts.h"
#include "wire/endpoint.h"

namespace timeservice::host {

/// Serves pages over HTTP/1.1 on a thread of its own: it answers while all threads that
/// serve calls are busy. Slow clients are closed, and beyond kMostConnections the one that
/// has been idle longest.
class AdminHttp {
 public:
  static constexpr std::size_t kMostConnections = 64;

  /// Listens at each address of the endpoint and answers at once. Throws StartError where it
  /// cannot, UsageError where the endpoint is TLS.
  AdminHttp(const wire::Endpoint& endpoint, AdminPages pages, std::shared_ptr<spdlog::logger> log,
            AdminTimeouts timeouts = {});
  ~AdminHttp();
  AdminHttp(const AdminHttp&) = delete;
  AdminHttp& operator=(const AdminHttp&) = delete;

  /// Where it listens, with the port really bound: one for each address.
  const std::vector<wire::Endpoint>& bound() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace timeservice::host
