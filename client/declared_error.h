#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>

#include "client/client_error.h"
#include "time_service_types.h"
#include "wire/endpoint.h"

namespace timeservice::client {

/// The exceptions that the IDL declares, as errors of a client: a call that was
/// understood, and answered with no. The connection is kept, and nothing is retried.
class DeclaredError : public ClientError {
 public:
  DeclaredError(std::string_view line, std::string_view message)
      : ClientError(line), message_(printable(message)) {}

  /// What the server says of it, alone.
  const std::string& message() const { return message_; }

 private:
  std::string message_;
};

/// The request cannot succeed as it is (the IDL's BadRequest).
class BadRequestError : public DeclaredError {
 public:
  BadRequestError(std::string_view line, std::string_view message, BadRequestCode::type code,
                  std::int64_t index)
      : DeclaredError(line, message), code_(code), index_(index) {}

  BadRequestCode::type code() const { return code_; }
  /// Position of the offending item in the list that was given, or -1.
  std::int64_t index() const { return index_; }

 private:
  BadRequestCode::type code_;
  std::int64_t index_;
};

/// The clock cannot give the promise that was asked for (the IDL's ClockUnreliable, and
/// a BoundedClock that has no bound).
class ClockUnreliableError : public DeclaredError {
 public:
  ClockUnreliableError(std::string_view line, std::string_view message, ClockState::type state,
                       std::int64_t error_ns)
      : DeclaredError(line, message), state_(state), error_ns_(error_ns) {}

  ClockState::type state() const { return state_; }
  /// The bound that could be given, or -1 if none.
  std::int64_t error_ns() const { return error_ns_; }

 private:
  ClockState::type state_;
  std::int64_t error_ns_;
};

/// No timestamp was handed out; to ask again is always safe (the IDL's OracleUnavailable).
class OracleUnavailableError : public DeclaredError {
 public:
  OracleUnavailableError(std::string_view line, std::string_view message, OracleFault::type fault,
                         std::string_view leader, std::chrono::milliseconds retry_after)
      : DeclaredError(line, message), fault_(fault), leader_(leader), retry_after_(retry_after) {}

  OracleFault::type fault() const { return fault_; }
  /// Whom to ask instead, as host:port, or "". As the server wrote it.
  const std::string& leader() const { return leader_; }
  /// How long to wait before asking the same server again; 0 if unknown.
  std::chrono::milliseconds retry_after() const { return retry_after_; }

 private:
  OracleFault::type fault_;
  std::string leader_;
  std::chrono::milliseconds retry_after_;
};

/// The items that a call sent, of the list that was given: `count` of them, from `first` on.
/// None for a call that sends no list.
struct SentItems {
  std::size_t first = 0;
  std::size_t count = 0;
};

/// Called where an exception of a call has been caught: the DeclaredError that stands for
/// it, or null where the IDL declares no such one. Its index is one of the list that was
/// given; what is none of the items sent is not believed.
std::exception_ptr declared_error(const wire::Endpoint& endpoint, std::string_view method,
                                  SentItems items = {});

}  // namespace timeservice::client
