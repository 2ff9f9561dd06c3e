#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <thrift/protocol/TProtocol.h>

#include "client/clock_comparison.h"
#include "client/true_time.h"
#include "time_service_types.h"

namespace timeservice::client {

/// The calls of the contract, each as what a MethodCall needs to know of it. One more
/// call is one more of these. One that sends a list says of how many items(). read_result() throws
/// TApplicationException where the reply holds no result, what the IDL declares for the call,
/// TProtocolException for a reply that breaks what the contract promises, and ClientError where nothing can
/// be made of a sound one.

struct GetTimeMethod {
  using Value = std::string;
  static constexpr const char* kName = "get_time";
  void write_arguments(apache::thrift::protocol::TProtocol& protocol);
  Value read_result(apache::thrift::protocol::TProtocol& protocol);
};

struct NowMethod {
  using Value = TrueTime;
  static constexpr const char* kName = "now";
  /// Begins the round trip as late as can be: the wait for a connection is none of it.
  void write_arguments(apache::thrift::protocol::TProtocol& protocol);
  Value read_result(apache::thrift::protocol::TProtocol& protocol);

  std::int64_t max_error_ns = 0;
  std::int64_t sent_ns = 0;
};

struct ExchangeMethod {
  using Value = ClockComparison;
  static constexpr const char* kName = "exchange";
  /// Reads the clock as late as can be: the wait for a connection is no delay.
  void write_arguments(apache::thrift::protocol::TProtocol& protocol);
  Value read_result(apache::thrift::protocol::TProtocol& protocol);

  std::int64_t client_send_ns = 0;
};

struct GetTimestampsMethod {
  using Value = TimestampRange;
  static constexpr const char* kName = "get_timestamps";
  void write_arguments(apache::thrift::protocol::TProtocol& protocol);
  Value read_result(apache::thrift::protocol::TProtocol& protocol);

  std::int32_t count = 1;
};

struct ToLocalMethod {
  using Value = std::vector<LocalTime>;
  static constexpr const char* kName = "to_local";
  void write_arguments(apache::thrift::protocol::TProtocol& protocol);
  Value read_result(apache::thrift::protocol::TProtocol& protocol);

  std::size_t items() const { return instants_ns.size(); }

  std::vector<std::int64_t> instants_ns = {};
  std::string zone = {};
  std::string format = {};
};

struct FromLocalMethod {
  using Value = std::vector<ResolvedTime>;
  static constexpr const char* kName = "from_local";
  void write_arguments(apache::thrift::protocol::TProtocol& protocol);
  Value read_result(apache::thrift::protocol::TProtocol& protocol);

  std::size_t items() const { return texts.size(); }

  std::vector<std::string> texts = {};
  std::string zone = {};
  std::string format = {};
  Disambiguation::type policy = Disambiguation::REJECT;
};

struct ZonePeriodsMethod {
  using Value = std::vector<ZonePeriod>;
  static constexpr const char* kName = "zone_periods";
  void write_arguments(apache::thrift::protocol::TProtocol& protocol);
  Value read_result(apache::thrift::protocol::TProtocol& protocol);

  std::string zone = {};
  std::int64_t from_ns = 0;
  std::int64_t until_ns = 0;
};

struct ListZonesMethod {
  using Value = std::vector<std::string>;
  static constexpr const char* kName = "list_zones";
  void write_arguments(apache::thrift::protocol::TProtocol& protocol);
  Value read_result(apache::thrift::protocol::TProtocol& protocol);
};

struct GetStatusMethod {
  using Value = ServerStatus;
  static constexpr const char* kName = "get_status";
  void write_arguments(apache::thrift::protocol::TProtocol& protocol);
  Value read_result(apache::thrift::protocol::TProtocol& protocol);
};

}  // namespace timeservice::client
