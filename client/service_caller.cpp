#include "client/service_caller.h"

#include <string>
#include <utility>

#include "client/client_tls.h"

namespace timeservice::client {

ServiceCaller::ServiceCaller(ClientOptions options, RetryHooks hooks, wire::TlsContext tls)
    : options_(checked_options(std::move(options))),
      hooks_(std::move(hooks)),
      tls_(tls ? std::move(tls) : make_client_tls(options_)) {}

ServiceCaller::~ServiceCaller() = default;

void ServiceCaller::call(const Calls& calls) {
  Backoff backoff(options_.retry, hooks_);
  for (;;) {
    const bool used_before = connection_ != nullptr;
    try {
      call_once(calls);
      return;
    } catch (const ConnectError&) {
      // As connect() goes on from one that takes no connection.
      if (turned_away_ > 0 && turned_away_ < options_.endpoints.size()) continue;
      turned_away_ = 0;
      if (!backoff.wait()) throw;
    } catch (const Overloaded&) {
      if (options_.endpoints.size() > 1) {
        connection_.reset();
        next_endpoint();
      }
      if (!backoff.wait()) throw;
    } catch (const ConnectionLost&) {
      if (used_before) continue;
      next_endpoint();
      if (!backoff.wait()) throw;
    } catch (const TimeoutError&) {
      next_endpoint();
      throw;
    }
  }
}

void ServiceCaller::call_once(const Calls& calls) {
  if (!connection_) connection_ = connect();
  try {
    connection_->call(calls);
    turned_away_ = 0;
  } catch (const ConnectError&) {
    connection_.reset();
    ++turned_away_;
    next_endpoint();
    throw;
  } catch (const ServerError&) {
    close_unless_answered();
    throw;
  } catch (const ClientError&) {
    connection_.reset();
    throw;
  } catch (...) {
    close_unless_answered();
    throw;
  }
}

void ServiceCaller::close_unless_answered() {
  if (!connection_->answered()) connection_.reset();
}

std::unique_ptr<ClientConnection> ServiceCaller::connect() {
  std::string failures;
  for (std::size_t tried = 0; tried < options_.endpoints.size(); ++tried) {
    try {
      return std::make_unique<ClientConnection>(options_.endpoints[endpoint_], options_, tls_);
    } catch (const ConnectError& error) {
      if (!failures.empty()) failures += "; ";
      failures += error.what();
      next_endpoint();
    }
  }
  turned_away_ = 0;
  throw ConnectError(failures);
}

void ServiceCaller::next_endpoint() { endpoint_ = (endpoint_ + 1) % options_.endpoints.size(); }

}  // namespace timeservice::client
