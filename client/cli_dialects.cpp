#include "client/cli_dialects.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "client/client_error.h"
#include "client/time_client.h"
#include "wire/detect.h"

namespace timeservice::client {
namespace {

using wire::Dialect;
using wire::Protocol;
using wire::Transport;

/// In the order of trying.
constexpr auto kDialects = std::to_array<Dialect>({
    {Protocol::kBinary, Transport::kFramed},
    {Protocol::kBinary, Transport::kBuffered},
    {Protocol::kCompact, Transport::kFramed},
    {Protocol::kCompact, Transport::kBuffered},
    {Protocol::kJson, Transport::kFramed},
    {Protocol::kJson, Transport::kBuffered},
});

std::vector<Dialect> dialects_of(const ClientOptions& options) {
  std::vector<Dialect> dialects;
  for (const Dialect& dialect : kDialects) {
    const bool protocol_fits = options.protocol == Protocol::kAuto || options.protocol == dialect.protocol;
    const bool transport_fits =
        options.transport == Transport::kAuto || options.transport == dialect.transport;
    if (protocol_fits && transport_fits) dialects.push_back(dialect);
  }
  return dialects;
}

/// One search at one endpoint.
struct Findings {
  std::optional<Dialect> answered = {};
  bool refused = false;
  /// Another search may end otherwise.
  bool connection_failed = false;
  std::string failure = {};
};

std::string all_refused(const wire::Endpoint& endpoint, const std::vector<Dialect>& dialects) {
  std::string names;
  for (const Dialect& dialect : dialects) {
    names += fmt::format("{}{} {}", names.empty() ? "" : ", ", wire::name(dialect.transport),
                         wire::name(dialect.protocol));
  }
  return describe(endpoint, "get_time", fmt::format("every dialect was refused ({})", names),
                  "check --protocol and --transport, and that a time-server listens there");
}

Findings search_at(ClientOptions options, const std::vector<Dialect>& dialects) {
  Findings findings;
  options.retry.retries = 0;
  for (const Dialect& dialect : dialects) {
    options.protocol = dialect.protocol;
    options.transport = dialect.transport;
    try {
      TimeClient(options).get_time();
      findings.answered = dialect;
      return findings;
    } catch (const ConnectError& error) {
      findings.connection_failed = true;
      findings.failure = error.what();
      return findings;
    } catch (const ConnectionLost&) {
      findings.connection_failed = true;
    } catch (const ProtocolMismatch&) {
    } catch (const Overloaded&) {
      // It has understood the call, and may run the next.
      findings.answered = dialect;
      return findings;
    } catch (const ServerError& error) {
      // Any other is the answer of a server that understood the call.
      if (error.code() != apache::thrift::TApplicationException::PROTOCOL_ERROR) throw;
    }
  }
  findings.refused = true;
  findings.failure = all_refused(options.endpoints.front(), dialects);
  return findings;
}

/// The options of the endpoint that answered, or what went wrong at each.
Findings search_all(ClientOptions& options, const std::vector<Dialect>& dialects) {
  Findings all;
  for (std::size_t index = 0; index < options.endpoints.size(); ++index) {
    Findings findings = search_at(options_at(options.endpoints[index], options), dialects);
    if (findings.answered) {
      // The client begins there; the others stay for failover.
      std::rotate(options.endpoints.begin(), options.endpoints.begin() + static_cast<std::ptrdiff_t>(index),
                  options.endpoints.end());
      return findings;
    }
    all.refused |= findings.refused;
    all.connection_failed |= findings.connection_failed;
    all.failure += (index == 0 ? "" : "; ") + findings.failure;
  }
  return all;
}

}  // namespace

ClientOptions search_dialect(ClientOptions options, const RetryHooks& hooks) {
  if (options.protocol != Protocol::kAuto && options.transport != Transport::kAuto) return options;
  const std::vector<Dialect> dialects = dialects_of(options);
  const RetryPolicy policy = options.retry;
  Backoff backoff(policy, hooks);
  for (;;) {
    const Findings findings = search_all(options, dialects);
    if (findings.answered) {
      options.protocol = findings.answered->protocol;
      options.transport = findings.answered->transport;
      return options;
    }
    if (findings.connection_failed && backoff.wait()) continue;
    if (findings.refused) throw ProtocolMismatch(findings.failure);
    throw ConnectError(findings.failure);
  }
}

}  // namespace timeservice::client
