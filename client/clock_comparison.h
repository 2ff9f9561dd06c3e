#pragma once

#include <cstdint>
#include <optional>

#include "time_service_types.h"

namespace timeservice::client {

/// How far the server's clock is from this machine's. All _ns are nanoseconds.
struct ClockComparison {
  /// Server minus client: add it to the client's clock to get the server's.
  std::int64_t offset_ns = 0;
  /// The round trip, without the server's share.
  std::int64_t delay_ns = 0;
  /// The true difference of the two clocks is within offset_ns +- bound_ns,
  /// however unequal the way there and the way back are.
  std::int64_t bound_ns = 0;
  /// Bound on the server's own error; -1 if it gives none.
  std::int64_t server_error_ns = -1;
  ClockState::type state = ClockState::UNKNOWN;
  /// Exchanges that were made,
  int samples = 0;
  /// and those that could not be used: a clock was stepped meanwhile.
  int discarded = 0;

  /// Bound on this machine's own error, when they were made: |offset_ns| + bound_ns +
  /// server_error_ns; -1 if the server gives none, or if it is beyond 64 bits.
  std::int64_t client_error_ns() const;
};

/// `state` as Thrift left it, or UNKNOWN for a number that this client does not know.
ClockState::type known_state(const ClockState::type& state);

/// `error_ns`, or -1 where `state` (a known one) promises no bound.
std::int64_t error_bound(ClockState::type state, std::int64_t error_ns);

/// Gathers exchanges and keeps the one with the least delay, which bounds best.
class ClockComparer {
 public:
  /// `reply` with T1 to T3, and T4, the client's clock when it had arrived. Not
  /// used if the delay is negative or the offset is beyond 64 bits.
  void add(const ClockExchange& reply, std::int64_t client_receive_ns);

  /// Nothing if no exchange could be used.
  std::optional<ClockComparison> best() const;

  int samples() const { return samples_; }

 private:
  std::optional<ClockComparison> best_;
  int samples_ = 0;
  int discarded_ = 0;
};

/// Throws TProtocolException (INVALID_DATA) where a reply lacks its timestamps, which
/// would read as 0 and make an offset of decades, or answers another call.
void check_exchange(const ClockExchange& reply, std::int64_t client_send_ns);

/// Makes UNKNOWN of a state or role that this client does not know, and -1 of a bound
/// that the state does not promise.
void keep_to_promises(ServerStatus& status);

}  // namespace timeservice::client
