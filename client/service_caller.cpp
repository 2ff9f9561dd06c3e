#include "client/service_caller.h"

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
  EndpointFailures round;  // since the last wait
  for (;;) {
    const bool used_before = connection_ != nullptr;
    try {
      call_once(calls, round);
      return;
    } catch (const ConnectError&) {
      if (round.count() < options_.endpoints.size()) continue;
      if (!backoff.wait()) throw round.error();
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
    round = {};
  }
}

void ServiceCaller::call_once(const Calls& calls, EndpointFailures& round) {
  if (!connection_) connection_ = connect(round);
  try {
    connection_->call(calls);
  } catch (const ConnectError& error) {
    connection_.reset();
    round.add(error);
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

/// To the first of those that this round has not been to; where there is none, throws.
std::unique_ptr<ClientConnection> ServiceCaller::connect(EndpointFailures& round) {
  while (round.count() < options_.endpoints.size()) {
    try {
      return std::make_unique<ClientConnection>(options_.endpoints[endpoint_], options_, tls_);
    } catch (const ConnectError& error) {
      round.add(error);
      next_endpoint();
    }
  }
  throw round.error();
}

void ServiceCaller::next_endpoint() { endpoint_ = (endpoint_ + 1) % options_.endpoints.size(); }

}  // namespace timeservice::client
