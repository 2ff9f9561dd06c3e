#include "client/async_failure.h"

#include <fmt/format.h>
#include <thrift/protocol/TProtocolException.h>
#include <thrift/transport/TTransportException.h>

#include "client/client_socket.h"
#include "client/error_translation.h"

namespace timeservice::client {
namespace {

using apache::thrift::TApplicationException;
using apache::thrift::protocol::TProtocolException;
using apache::thrift::transport::TTransportException;

/// The line that error_translation.h has for what a blocking call would have thrown.
template <typename Thrown>
std::string line_for(const AsyncPeer& peer, const Thrown& thrown, bool receiving) {
  try {
    try {
      throw thrown;
    } catch (...) {
      rethrow_as_client_error(
          {.endpoint = peer.endpoint, .options = peer.options, .method = {}, .receiving = receiving});
    }
  } catch (const ClientError& error) {
    return error.what();
  }
}

std::string transport_advice(const ClientOptions& options) {
  const bool framed = options.transport == wire::Transport::kFramed;
  return fmt::format("the server may be overloaded, or takes only {0} transport: try --transport {0}",
                     wire::name(framed ? wire::Transport::kBuffered : wire::Transport::kFramed));
}

}  // namespace

AsyncFailure not_connected(const ConnectError& error) {
  return {error.what(), [permanent = error.permanent()](const std::string& line) {
            return std::make_exception_ptr(ConnectError(line, permanent));
          }};
}

AsyncFailure connection_lost(const AsyncPeer& peer, int number) {
  if (number != 0) return AsyncFailure::of<ConnectionLost>(line_for(peer, SocketError(number), true));
  return AsyncFailure::of<ConnectionLost>(
      line_for(peer, TTransportException(TTransportException::END_OF_FILE), true));
}

AsyncFailure tls_broken(const AsyncPeer& peer, const std::string& why) {
  return AsyncFailure::of<ConnectionLost>(line_for(peer, TlsBroken(why), true));
}

AsyncFailure refused(const AsyncPeer& peer, const TlsRefusal& why) {
  // The next call goes to the next endpoint, which may take it.
  const ConnectError error = refused_error(peer.endpoint, why);
  return not_connected(ConnectError(error.what(), error.permanent() && peer.options.endpoints.size() == 1));
}

AsyncFailure protocol_mismatch(const AsyncPeer& peer, const std::string& why) {
  return AsyncFailure::of<ProtocolMismatch>(
      line_for(peer, TProtocolException(TProtocolException::INVALID_DATA, why), true));
}

AsyncFailure nothing_received(const AsyncPeer& peer) {
  return AsyncFailure::of<TimeoutError>(
      line_for(peer, TTransportException(TTransportException::TIMED_OUT), true));
}

AsyncFailure nothing_taken(const AsyncPeer& peer) {
  return AsyncFailure::of<TimeoutError>(
      line_for(peer, TTransportException(TTransportException::TIMED_OUT), false));
}

AsyncFailure too_many_overdue(const AsyncPeer& peer, std::size_t overdue) {
  return AsyncFailure::of<TimeoutError>(describe(peer.endpoint, "receive",
                                                 fmt::format("{} replies are overdue", overdue),
                                                 "the server may be overloaded: give calls more time"));
}

std::exception_ptr server_replied(const AsyncPeer& peer, std::string_view method,
                                  const TApplicationException& error) {
  try {
    try {
      throw error;
    } catch (...) {
      rethrow_as_client_error(
          {.endpoint = peer.endpoint, .options = peer.options, .method = method, .receiving = true});
    }
  } catch (...) {
    return std::current_exception();
  }
}

std::exception_ptr deadline_passed(const AsyncPeer& peer, const AsyncCall& call, bool sent) {
  const auto within = call.timeout().count();
  const std::string line =
      sent ? describe(peer.endpoint, "receive", fmt::format("no reply within {} ms", within),
                      transport_advice(peer.options))
           : describe(peer.endpoint, "connect", fmt::format("no connection within {} ms", within),
                      "is the host up, and its port open in the firewall?");
  return std::make_exception_ptr(TimeoutError(line));
}

}  // namespace timeservice::client
