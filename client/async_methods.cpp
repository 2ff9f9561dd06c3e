#include "client/async_methods.h"

#include <thrift/TApplicationException.h>

#include "TimeService.h"
#include "client/client_clock.h"
#include "client/client_error.h"
#include "client/reply_promises.h"

namespace timeservice::client {
namespace {

using apache::thrift::TApplicationException;
using apache::thrift::protocol::TProtocol;

/// Reads a generated presult into `value`, and throws what the IDL declares, as the
/// generated client does. After either the reply was read to its end.
template <typename Presult, typename Value>
void read_into(Value& value, TProtocol& protocol) {
  Presult result;
  result.success = &value;
  result.read(&protocol);
  if (result.__isset.success) return;
  if constexpr (requires { result.bad_request; }) {
    if (result.__isset.bad_request) throw result.bad_request;
  }
  if constexpr (requires { result.unreliable; }) {
    if (result.__isset.unreliable) throw result.unreliable;
  }
  if constexpr (requires { result.unavailable; }) {
    if (result.__isset.unavailable) throw result.unavailable;
  }
  throw TApplicationException(TApplicationException::MISSING_RESULT, "the reply holds no result");
}

}  // namespace

void GetTimeMethod::write_arguments(TProtocol& protocol) { TimeService_get_time_pargs().write(&protocol); }

std::string GetTimeMethod::read_result(TProtocol& protocol) {
  std::string text;
  read_into<TimeService_get_time_presult>(text, protocol);
  return text;
}

void NowMethod::write_arguments(TProtocol& protocol) {
  TimeService_now_pargs arguments;
  arguments.max_error_ns = &max_error_ns;
  sent_ns = boot_clock_ns();
  arguments.write(&protocol);
}

TrueTime NowMethod::read_result(TProtocol& protocol) {
  TimeInterval interval;
  read_into<TimeService_now_presult>(interval, protocol);
  check_interval(interval);
  return on_receipt(interval, boot_clock_ns() - sent_ns);
}

void ExchangeMethod::write_arguments(TProtocol& protocol) {
  client_send_ns = wall_clock_ns();
  TimeService_exchange_pargs arguments;
  arguments.client_send_ns = &client_send_ns;
  arguments.write(&protocol);
}

ClockComparison ExchangeMethod::read_result(TProtocol& protocol) {
  const std::int64_t client_receive_ns = wall_clock_ns();
  ClockExchange reply;
  read_into<TimeService_exchange_presult>(reply, protocol);
  check_exchange(reply, client_send_ns);
  ClockComparer comparer;
  comparer.add(reply, client_receive_ns);
  const auto comparison = comparer.best();
  if (!comparison) {
    throw ClockUnsteady("exchange: a clock was stepped meanwhile, or is out of range: try again");
  }
  return *comparison;
}

void GetTimestampsMethod::write_arguments(TProtocol& protocol) {
  TimeService_get_timestamps_pargs arguments;
  arguments.count = &count;
  arguments.write(&protocol);
}

TimestampRange GetTimestampsMethod::read_result(TProtocol& protocol) {
  TimestampRange range;
  read_into<TimeService_get_timestamps_presult>(range, protocol);
  check_range(range, count);
  return range;
}

void ToLocalMethod::write_arguments(TProtocol& protocol) {
  TimeService_to_local_pargs arguments;
  arguments.instants_ns = &instants_ns;
  arguments.zone = &zone;
  arguments.format = &format;
  arguments.write(&protocol);
}

std::vector<LocalTime> ToLocalMethod::read_result(TProtocol& protocol) {
  std::vector<LocalTime> local_times;
  read_into<TimeService_to_local_presult>(local_times, protocol);
  check_local_times(local_times, instants_ns.size());
  return local_times;
}

void FromLocalMethod::write_arguments(TProtocol& protocol) {
  TimeService_from_local_pargs arguments;
  arguments.texts = &texts;
  arguments.zone = &zone;
  arguments.format = &format;
  arguments.policy = &policy;
  arguments.write(&protocol);
}

std::vector<ResolvedTime> FromLocalMethod::read_result(TProtocol& protocol) {
  std::vector<ResolvedTime> resolved;
  read_into<TimeService_from_local_presult>(resolved, protocol);
  check_resolved(resolved, texts.size());
  return resolved;
}

void ZonePeriodsMethod::write_arguments(TProtocol& protocol) {
  TimeService_zone_periods_pargs arguments;
  arguments.zone = &zone;
  arguments.from_ns = &from_ns;
  arguments.until_ns = &until_ns;
  arguments.write(&protocol);
}

std::vector<ZonePeriod> ZonePeriodsMethod::read_result(TProtocol& protocol) {
  std::vector<ZonePeriod> periods;
  read_into<TimeService_zone_periods_presult>(periods, protocol);
  check_periods(periods, from_ns, until_ns);
  return periods;
}

void ListZonesMethod::write_arguments(TProtocol& protocol) {
  TimeService_list_zones_pargs().write(&protocol);
}

std::vector<std::string> ListZonesMethod::read_result(TProtocol& protocol) {
  std::vector<std::string> names;
  read_into<TimeService_list_zones_presult>(names, protocol);
  check_zones(names);
  return names;
}

void GetStatusMethod::write_arguments(TProtocol& protocol) {
  TimeService_get_status_pargs().write(&protocol);
}

ServerStatus GetStatusMethod::read_result(TProtocol& protocol) {
  ServerStatus status;
  read_into<TimeService_get_status_presult>(status, protocol);
  check_status(status);
  return status;
}

}  // namespace timeservice::client
