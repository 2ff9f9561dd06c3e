#pragma once

#include <cstddef>
#include <exception>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include <thrift/TApplicationException.h>

#include "client/async_call.h"
#include "client/client_error.h"
#include "client/client_options.h"
#include "client/tls_refusal.h"

namespace timeservice::client {

/// Why all calls in flight fail: made into an exception for each of them. One that
/// they share would be read by many threads, and freed by any.
class AsyncFailure {
 public:
  using Make = std::function<std::exception_ptr(const std::string& line)>;

  AsyncFailure(std::string line, Make make) : line_(std::move(line)), make_(std::move(make)) {}
  template <typename Error>
  static AsyncFailure of(std::string line) {
    return AsyncFailure(std::move(line),
                        [](const std::string& what) { return std::make_exception_ptr(Error(what)); });
  }

  std::exception_ptr exception() const { return make_(line_); }

 private:
  std::string line_;
  Make make_;
};

/// A connection, as the lines of its failures name it. Both outlive it.
struct AsyncPeer {
  const wire::Endpoint& endpoint;
  const ClientOptions& options;
};

/// No endpoint took the connection.
AsyncFailure not_connected(const ConnectError& error);

/// What can end a connection, as a TimeClient would report it; `number` is errno's, or
/// 0 where the server closed in order.
AsyncFailure connection_lost(const AsyncPeer& peer, int number);
AsyncFailure tls_broken(const AsyncPeer& peer, const std::string& why);
/// None of the calls was run.
AsyncFailure refused(const AsyncPeer& peer, const TlsRefusal& why);
AsyncFailure protocol_mismatch(const AsyncPeer& peer, const std::string& why);
AsyncFailure nothing_received(const AsyncPeer& peer);
AsyncFailure nothing_taken(const AsyncPeer& peer);
AsyncFailure too_many_overdue(const AsyncPeer& peer, std::size_t overdue);

/// What can end one call alone.
std::exception_ptr server_replied(const AsyncPeer& peer, std::string_view method,
                                  const apache::thrift::TApplicationException& error);
/// At its deadline, when the request was `sent` or before.
std::exception_ptr deadline_passed(const AsyncPeer& peer, const AsyncCall& call, bool sent);

}  // namespace timeservice::client
