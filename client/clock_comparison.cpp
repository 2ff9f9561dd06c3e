#include "client/clock_comparison.h"

#include <limits>

#include <thrift/protocol/TProtocolException.h>

#include "client/known_enum.h"

namespace timeservice::client {
namespace {

// Differences and sums of int64 need up to 66 bits. (__extension__: not ISO C++.)
__extension__ using Wide = __int128;

bool fits(Wide value) {
  return value >= std::numeric_limits<std::int64_t>::min() &&
         value <= std::numeric_limits<std::int64_t>::max();
}

std::optional<ClockComparison> compare(const ClockExchange& reply, std::int64_t client_receive_ns) {
  // The server's clock minus the client's is at most `most`, for the request took
  // some time, and at least `least`, for the reply did.
  const Wide most = Wide{reply.server_receive_ns} - reply.client_send_ns;
  const Wide least = Wide{reply.server_send_ns} - client_receive_ns;
  const Wide delay = most - least;
  const Wide offset = (most + least) / 2;
  // Half a nanosecond that either division cuts off is covered by rounding up.
  const Wide bound = (delay + 1) / 2;
  if (delay < 0 || !fits(delay) || !fits(offset)) return std::nullopt;
  ClockComparison comparison;
  comparison.offset_ns = static_cast<std::int64_t>(offset);
  comparison.delay_ns = static_cast<std::int64_t>(delay);
  comparison.bound_ns = static_cast<std::int64_t>(bound);
  comparison.state = known_state(reply.state);
  comparison.server_error_ns = error_bound(comparison.state, reply.error_ns);
  return comparison;
}

}  // namespace

std::int64_t ClockComparison::client_error_ns() const {
  const Wide size = offset_ns < 0 ? -Wide{offset_ns} : Wide{offset_ns};
  const Wide error = size + bound_ns + server_error_ns;
  return server_error_ns >= 0 && fits(error) ? static_cast<std::int64_t>(error) : -1;
}

ClockState::type known_state(const ClockState::type& state) {
  return known(state, ClockState::UNSYNCHRONIZED);
}

std::int64_t error_bound(ClockState::type state, std::int64_t error_ns) {
  const bool promised = state == ClockState::SYNCHRONIZED || state == ClockState::HOLDOVER;
  return promised && error_ns >= 0 ? error_ns : -1;
}

void ClockComparer::add(const ClockExchange& reply, std::int64_t client_receive_ns) {
  ++samples_;
  const auto sample = compare(reply, client_receive_ns);
  if (!sample) {
    ++discarded_;
  } else if (!best_ || sample->delay_ns < best_->delay_ns) {
    best_ = sample;
  }
}

std::optional<ClockComparison> ClockComparer::best() const {
  auto comparison = best_;
  if (comparison) {
    comparison->samples = samples_;
    comparison->discarded = discarded_;
  }
  return comparison;
}

void check_exchange(const ClockExchange& reply, std::int64_t client_send_ns) {
  if (reply.__isset.server_receive_ns && reply.__isset.server_send_ns &&
      reply.client_send_ns == client_send_ns) {
    return;
  }
  using apache::thrift::protocol::TProtocolException;
  throw TProtocolException(TProtocolException::INVALID_DATA,
                           "the exchange lacks timestamps, or is another's");
}

void keep_to_promises(ServerStatus& status) {
  status.clock.state = known_state(status.clock.state);
  status.clock.error_ns = error_bound(status.clock.state, status.clock.error_ns);
  status.oracle.role = known(status.oracle.role, OracleRole::DISABLED);
}

}  // namespace timeservice::client
