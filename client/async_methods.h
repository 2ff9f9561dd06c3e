#pragma once

#include <cstdint>
#include <string>

#include <thrift/protocol/TProtocol.h>

#include "client/clock_comparison.h"
#include "time_service_types.h"

namespace timeservice::client {

/// The calls of the contract, each as what a MethodCall needs to know of it. One more
/// call is one more of these. read_result() throws TApplicationException where the
/// reply holds no result, TProtocolException for the reply to another call, and
/// ClientError where nothing can be made of a sound one.

struct GetTimeMethod {
  using Value = std::string;
  static constexpr const char* kName = "get_time";
  void write_arguments(apache::thrift::protocol::TProtocol& protocol);
  Value read_result(apache::thrift::protocol::TProtocol& protocol);
};

struct ExchangeMethod {
  using Value = ClockComparison;
  static constexpr const char* kName = "exchange";
  /// Reads the clock as late as can be: the wait for a connection is no delay.
  void write_arguments(apache::thrift::protocol::TProtocol& protocol);
  Value read_result(apache::thrift::protocol::TProtocol& protocol);

  std::int64_t client_send_ns = 0;
};

struct GetStatusMethod {
  using Value = ServerStatus;
  static constexpr const char* kName = "get_status";
  void write_arguments(apache::thrift::protocol::TProtocol& protocol);
  Value read_result(apache::thrift::protocol::TProtocol& protocol);
};

}  // namespace timeservice::client
