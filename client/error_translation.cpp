#include "client/error_translation.h"

#include <cerrno>
#include <string>

#include <fmt/format.h>
#include <thrift/TOutput.h>
#include <thrift/protocol/TProtocolException.h>

namespace timeservice::client {
namespace {

using apache::thrift::TApplicationException;
using apache::thrift::TException;
using apache::thrift::TOutput;
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
    {ENOTSOCK, "not a socket", "name the server's --endpoint"},
    {EMFILE, "too many open files", "raise this process's limit of open files"},
};

constexpr ErrorRow kCallErrors[] = {
    {ECONNRESET, "the server reset the connection", ""},
    {EPIPE, "the server closed the connection", ""},
    {ENOTCONN, "the server closed the connection", ""},
};

bool ends_with_text_of(std::string_view message, int number) {
  return message.ends_with(": " + TOutput::strerror_s(number));
}

// TSocket puts the number's text into the message and loses the number; errno
// itself is overwritten by the shutdown() in TSocket::close() (as of 0.17).
template <std::size_t N>
const ErrorRow* row_of(const ErrorRow (&rows)[N], std::string_view message) {
  for (const ErrorRow& row : rows) {
    if (ends_with_text_of(message, row.number)) return &row;
  }
  return nullptr;
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
      fmt::format("it may be stopping, or it refuses {} over {} transport: check --protocol and --transport",
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
  switch (error.getType()) {
    case TTransportException::TIMED_OUT:
      throw timeout_error(call);
    case TTransportException::END_OF_FILE:
      if (too_large) throw mismatch(call, "it is too large");
      throw lost(call, "the server closed the connection");
    default:
      if (const ErrorRow* row = row_of(kCallErrors, message)) throw lost(call, row->cause);
      if (error.getType() == TTransportException::NOT_OPEN) throw lost(call, message);
      throw mismatch(call, message);
  }
}

ServerError server_error(const CallState& call, const TApplicationException& error) {
  const bool unknown = error.getType() == TApplicationException::UNKNOWN_METHOD;
  const std::string_view advice =
      unknown ? "the server is older than this client, or no time-server: update it" : "see the server's log";
  return ServerError(
      describe(call.endpoint, call.method, fmt::format("the server replied: {}", error.what()), advice),
      error.getType(), call.method);
}

}  // namespace

ConnectError connect_error(const wire::Endpoint& endpoint, const ClientOptions& options,
                           const TTransportException& error) {
  const std::string_view message = error.what();
  if (const ErrorRow* row = row_of(kConnectErrors, message)) {
    return ConnectError(describe(endpoint, "connect", row->cause, row->advice));
  }
  if (message.find("resolve") != std::string_view::npos) {
    return ConnectError(describe(endpoint, "resolve", "unknown host", "check the name, and the resolver"));
  }
  if (message.find("timed out") != std::string_view::npos) {
    return ConnectError(describe(endpoint, "connect",
                                 fmt::format("no answer within {} ms", options.connect_timeout.count()),
                                 "is the host up, and its port open in the firewall?"));
  }
  return ConnectError(describe(endpoint, "connect", message, "check --endpoint"));
}

void rethrow_as_client_error(const CallState& call) {
  try {
    throw;
  } catch (const TTransportException& error) {
    throw_transport(call, error);
  } catch (const TApplicationException& error) {
    throw server_error(call, error);
  } catch (const TException& error) {
    throw mismatch(call, error.what());
  }
}

}  // namespace timeservice::client
