#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include <thrift/TApplicationException.h>

#include "wire/endpoint.h"

namespace timeservice::client {

/// A call that failed. what() is one line of printable text: the endpoint, the step
/// that failed, the likely cause and what to do about it, separated by ": ".
class ClientError : public std::runtime_error {
 public:
  explicit ClientError(std::string_view line);
};

/// No endpoint took the connection: refused, unreachable, unknown, no answer in time, or no
/// agreement on TLS.
class ConnectError : public ClientError {
 public:
  explicit ConnectError(std::string_view line, bool permanent = false)
      : ClientError(line), permanent_(permanent) {}

  /// Somebody has to do something, at every endpoint: a certificate, or TLS itself, is not as it
  /// should be, and the same server would refuse the next try too.
  bool permanent() const { return permanent_; }

 private:
  bool permanent_;
};

/// Connected, and then the server was silent for too long. It may have done the call.
class TimeoutError : public ClientError {
 public:
  using ClientError::ClientError;
};

/// The server closed or reset the connection before it had replied.
class ConnectionLost : public ClientError {
 public:
  using ClientError::ClientError;
};

/// What came back is no reply to this call in this protocol and transport.
class ProtocolMismatch : public ClientError {
 public:
  using ClientError::ClientError;
};

/// The server replied that it could not do the call (TApplicationException).
class ServerError : public ClientError {
 public:
  using Code = apache::thrift::TApplicationException::TApplicationExceptionType;
  ServerError(std::string_view line, Code code, std::string_view method)
      : ClientError(line), code_(code), method_(method) {}

  Code code() const { return code_; }
  const std::string& method() const { return method_; }

 private:
  Code code_;
  std::string method_;
};

/// The server has too much to do and did not run the call, which may be made again, later
/// or elsewhere.
class Overloaded : public ServerError {
 public:
  using ServerError::ServerError;
};

/// No exchange could be used: a clock was stepped during each, or is out of range.
class ClockUnsteady : public ClientError {
 public:
  using ClientError::ClientError;
};

/// `text` with '?' for each control character, so that it is one line and does
/// nothing to a terminal. For whatever came over the network.
std::string printable(std::string_view text);

/// The line of a ClientError.
std::string describe(const wire::Endpoint& endpoint, std::string_view step, std::string_view cause,
                     std::string_view advice);

}  // namespace timeservice::client
