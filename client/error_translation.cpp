#include "client/error_translation.h"

#include <netdb.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <typeinfo>

#include <fmt/format.h>
#include <thrift/protocol/TProtocolException.h>

#include "client/client_socket.h"

namespace timeservice::client {
namespace {

using apache::thrift::TApplicationException;
using apache::thrift::TException;
using apache::thrift::protocol::TProtocolException;
using apache::thrift::transport::TTransportException;

/// A system's error that a socket may report, and what a user makes of it.
struct ErrorRow {
  int number;
  std::string_view cause;
  std::string_view advice;
};

constexpr ErrorRow kConnectErrors[] = {
    {ECONNREFUSED, "connection refused", "nothing listens there; start time-server or name its --endpoint"},
    {ENOENT, "no such socket", "start time-server or name its --endpoint"},
    {EACCES, "permission denied", "run as a user who may use that socket, or change its mode"},
    {ETIMEDOUT, "no answer", "is the host up, and its port open in the firewall?"},
    {EHOSTUNREACH, "host unreachable", "check the address and the network"},
    {ENETUNREACH, "network unreachable", "check the address and the network"},
    {EADDRNOTAVAIL, "nothing to connect from", "does this machine have such addresses, and free ports?"},
    {EAFNOSUPPORT, "no such addresses on this machine", "name one of another kind in --endpoint"},
    {ENOTSOCK, "not a socket", "name the server's --endpoint"},
    {EAGAIN, "too many clients wait to be accepted", "the server may be overloaded or stopped"},
    {EMFILE, "too many open files", "raise this process's limit of open files"},
};

constexpr ErrorRow kCallErrors[] = {
    {ECONNRESET, "the server reset the connection", ""},
    {EPIPE, "the server closed the connection", ""},
    {ENOTCONN, "the server closed the connection", ""},
};

/// Of an error that no row knows: the system's own words for it.
struct Reason {
  std::string cause;
  std::string advice;
};

template <std::size_t N>
Reason reason_of(int number, const ErrorRow (&rows)[N], std::string_view advice) {
  for (const ErrorRow& row : rows) {
    if (row.number == number) return {std::string(row.cause), std::string(row.advice)};
  }
  return {std::generic_category().message(number), std::string(advice)};
}

Reason connect_reason(const ConnectFailure& failure, const ClientOptions& options) {
  if (failure.number == kNoTls) return {failure.refusal.cause, failure.refusal.advice};
  if (failure.number == kNoAnswer) {
    return {fmt::format("no answer within {} ms", options.connect_timeout.count()),
            "is the host up, and its port open in the firewall?"};
  }
  return reason_of(failure.number, kConnectErrors, "check --endpoint");
}

/// It was no server that did not take the connection.
bool has_no_way(const ConnectFailure& failure) {
  return failure.number == EADDRNOTAVAIL || failure.number == EAFNOSUPPORT || failure.number == ENETUNREACH;
}

bool is_permanent(const ConnectFailure& failure) {
  return failure.number == kNoTls && failure.refusal.permanent;
}

/// Those of addresses that may have been meant, one of each kind.
std::vector<ConnectFailure> telling(const std::vector<ConnectFailure>& failures) {
  const bool all = std::all_of(failures.begin(), failures.end(), has_no_way);
  std::vector<ConnectFailure> kept;
  for (const ConnectFailure& failure : failures) {
    const auto same = [&](const ConnectFailure& other) {
      return other.number == failure.number && other.refusal == failure.refusal;
    };
    if (!all && has_no_way(failure)) continue;
    if (std::none_of(kept.begin(), kept.end(), same)) kept.push_back(failure);
  }
  return kept;
}

std::string_view other_transport(const ClientOptions& options) {
  return wire::name(options.transport == wire::Transport::kFramed ? wire::Transport::kBuffered
                                                                  : wire::Transport::kFramed);
}

TimeoutError timeout_error(const CallState& call) {
  if (!call.receiving) {
    return TimeoutError(
        describe(call.endpoint, "send",
                 fmt::format("the server took no bytes within {} ms", call.options.send_timeout.count()),
                 "it may be overloaded or stopped"));
  }
  return TimeoutError(describe(
      call.endpoint, "receive", fmt::format("no reply within {} ms", call.options.receive_timeout.count()),
      fmt::format("the server may be overloaded, or takes only {0} transport: try --transport {0}",
                  other_transport(call.options))));
}

ConnectionLost lost(const CallState& call, std::string_view cause) {
  return ConnectionLost(describe(
      call.endpoint, call.receiving ? "receive" : "send", cause,
      fmt::format("it may be stopping or at its connection limit, or it refuses {} over {} transport: check "
                  "--protocol and --transport, and that this is a port for Thrift",
                  wire::name(call.options.protocol), wire::name(call.options.transport))));
}

ProtocolMismatch mismatch(const CallState& call, std::string_view why) {
  return ProtocolMismatch(
      describe(call.endpoint, call.receiving ? "receive" : "send",
               fmt::format("no {} reply over {} transport ({})", wire::name(call.options.protocol),
                           wire::name(call.options.transport), why),
               "check --protocol and --transport, and that a time-server listens there"));
}

[[noreturn]] void throw_transport(const CallState& call, const TTransportException& error) {
  const std::string_view message = error.what();
  // Thrift reports a message over its budget as the end of the file.
  const bool too_large = message.find("MaxMessageSize") != std::string_view::npos;
  if (error.getType() == TTransportException::TIMED_OUT) throw timeout_error(call);
  if (error.getType() == TTransportException::END_OF_FILE && !too_large) {
    throw lost(call, "the server closed the connection");
  }
  throw mismatch(call, too_large ? "it is too large" : message);
}

/// The host says by this, in the exception's text, that the call was not run.
bool says_overloaded(const TApplicationException& error) {
  constexpr std::string_view kSign = "overloaded: ";
  return error.getType() == TApplicationException::INTERNAL_ERROR &&
         std::string_view(error.what()).starts_with(kSign);
}

[[noreturn]] void throw_application(const CallState& call, const TApplicationException& error) {
  if (says_tls_only(error.what())) throw refused_error(call.endpoint, tls_only(call.endpoint));
  // Its text says what to do.
  if (says_overloaded(error)) {
    throw Overloaded(describe(call.endpoint, call.method, "the server replied", error.what()),
                     error.getType(), call.method);
  }
  const bool unknown = error.getType() == TApplicationException::UNKNOWN_METHOD;
  const std::string_view advice =
      unknown ? "the server is older than this client, or no time-server: update it" : "see the server's log";
  throw ServerError(
      describe(call.endpoint, call.method, fmt::format("the server replied: {}", error.what()), advice),
      error.getType(), call.method);
}

}  // namespace

ConnectError resolve_error(const wire::Endpoint& endpoint, int number) {
  const bool silent = number == EAI_AGAIN;
  return ConnectError(describe(endpoint, "resolve", silent ? "the resolver gives no answer" : "unknown host",
                               "check the name, and the resolver"));
}

ConnectError connect_error(const wire::Endpoint& endpoint, const ClientOptions& options,
                           const std::vector<ConnectFailure>& failures) {
  const std::vector<ConnectFailure> told = telling(failures);
  std::string causes;
  std::string advice;
  for (const ConnectFailure& failure : told) {
    const Reason reason = connect_reason(failure, options);
    causes += fmt::format("{}{}", causes.empty() ? "" : ", ", reason.cause);
    if (told.size() > 1) causes += fmt::format(" ({})", failure.address);
    if (advice.find(reason.advice) != std::string::npos) continue;
    advice += fmt::format("{}{}", advice.empty() ? "" : "; ", reason.advice);
  }
  // One will do: of "localhost" the server mostly has one address, and nothing listens at the other.
  return ConnectError(describe(endpoint, "connect", causes, advice),
                      std::any_of(told.begin(), told.end(), is_permanent));
}

ConnectError refused_error(const wire::Endpoint& endpoint, const TlsRefusal& why) {
  return ConnectError(describe(endpoint, "connect", why.cause, why.advice), why.permanent);
}

void rethrow_as_client_error(const CallState& call) {
  try {
    throw;
  } catch (const TlsRefused& refused) {
    throw refused_error(call.endpoint, refused.why());
  } catch (const TlsAsked&) {
    throw refused_error(call.endpoint, tls_only(call.endpoint));
  } catch (const TlsBroken& broken) {
    throw lost(call, fmt::format("the TLS connection broke ({})", broken.what()));
  } catch (const SocketError& error) {
    throw lost(call, reason_of(error.number(), kCallErrors, "").cause);
  } catch (const TTransportException& error) {
    throw_transport(call, error);
  } catch (const TApplicationException& error) {
    throw_application(call, error);
  } catch (const TProtocolException& error) {
    throw mismatch(call, error.what());
  } catch (const TException& error) {
    // What the IDL declares is of a class of its own; Thrift itself throws this one.
    if (typeid(error) == typeid(TException)) throw mismatch(call, error.what());
    throw;
  }
}

}  // namespace timeservice::client
