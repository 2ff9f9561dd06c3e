#pragma once

#include <memory>
#include <string_view>

#include "TimeService.h"
#include "server/host/host.h"
#include "server/host/log.h"
#include "test/client/client_under_test.h"
#include "wire/protocol.h"

namespace timeservice::client {

/// The real host of a time service, on a free port of 127.0.0.1, with TLS where `listen` says so. `service`
/// is called by several threads and outlives it.
class TimeHost {
 public:
  TimeHost(TimeServiceIf& service, std::string_view mode = "reactor",
           wire::Endpoint listen = {.host = "127.0.0.1", .port = 0, .path = {}}, host::TlsOptions tls = {}) {
    host::HostOptions options;
    options.mode = mode;
    options.listen = {std::move(listen)};
    options.tls = std::move(tls);
    const auto handler = std::shared_ptr<TimeServiceIf>(&service, [](TimeServiceIf*) {});
    host_ = std::make_unique<host::Host>(
        options, std::make_shared<TimeServiceProcessorT<wire::BinaryProtocol>>(handler),
        host::make_log(host::kLogLevels.back()));
    host_->start();
  }
  ~TimeHost() { host_->stop(); }

  host::Host& host() { return *host_; }
  const wire::Endpoint& endpoint() const { return host_->endpoints().at(0); }

 private:
  std::unique_ptr<host::Host> host_;
};

}  // namespace timeservice::client
