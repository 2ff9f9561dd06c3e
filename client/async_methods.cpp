#include "client/async_methods.h"

#include <thrift/TApplicationException.h>

#include "TimeService.h"
#include "client/client_clock.h"
#include "client/client_error.h"

namespace timeservice::client {
namespace {

using apache::thrift::TApplicationException;
using apache::thrift::protocol::TProtocol;

/// Reads a generated presult, as the generated client does.
template <typename Presult, typename Value>
void read_into(Value& value, TProtocol& protocol) {
  Presult result;
  result.success = &value;
  result.read(&protocol);
  if (!result.__isset.success) {
    throw TApplicationException(TApplicationException::MISSING_RESULT, "the reply holds no result");
  }
}

}  // namespace

void GetTimeMethod::write_arguments(TProtocol& protocol) { TimeService_get_time_pargs().write(&protocol); }

std::string GetTimeMethod::read_result(TProtocol& protocol) {
  std::string text;
  read_into<TimeService_get_time_presult>(text, protocol);
  return text;
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

void GetStatusMethod::write_arguments(TProtocol& protocol) {
  TimeService_get_status_pargs().write(&protocol);
}

ServerStatus GetStatusMethod::read_result(TProtocol& protocol) {
  ServerStatus status;
  read_into<TimeService_get_status_presult>(status, protocol);
  keep_to_promises(status);
  return status;
}

}  // namespace timeservice::client
