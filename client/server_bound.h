#pragma once

#include <cstdint>
#include <optional>

#include "client/drift.h"
#include "client/interval.h"
#include "time_service_types.h"

namespace timeservice::client {

/// One exchange, in which the client has read its CLOCK_BOOTTIME. Plain data.
struct ExchangeReading {
  /// The client's clock when the request was sent,
  std::int64_t sent_ns = 0;
  /// and when the reply had come.
  std::int64_t received_ns = 0;
  /// The server's clock, T2 and T3.
  std::int64_t server_receive_ns = 0;
  std::int64_t server_send_ns = 0;
  /// Bound on the server's clock; -1 if it gives none.
  std::int64_t error_ns = -1;
  ClockState::type state = ClockState::UNKNOWN;
};

/// What one server's exchanges say of true time, all of them together: arithmetic without
/// clocks and sockets. One thread at a time.
///
/// An exchange bounds true time from both sides, and each bound moves on with the
/// client's clock: the lower one a little slower, the upper one a little faster, by the
/// drift. Of all lower bounds the highest holds, of all upper ones the lowest; which that
/// is does not change as time passes.
///
/// Exchanges of an honest server and an honest clock never contradict each other. Where
/// they do, the server was wrong, or this machine's clock was (a machine that was
/// stopped and goes on, say), before or now. Then nothing is known until exchanges have
/// agreed with each other for the time of the probation.
class ServerBound {
 public:
  enum class Verdict {
    kTaken,
    /// The server gives no bound. What it said before still holds.
    kNoBound,
    /// A clock was set meanwhile.
    kUnusable,
    kContradiction,
  };

  ServerBound(DriftBound drift, std::int64_t probation_ns) : drift_(drift), probation_ns_(probation_ns) {}

  /// Readings in the order of received_ns.
  Verdict add(const ExchangeReading& reading);

  /// At a moment of the client's clock, not before the last reading. Nothing where
  /// nothing is known.
  std::optional<Interval> at(std::int64_t boot_ns) const;
  /// The server's state in the last reading that was taken, and when that was.
  ClockState::type state() const { return state_; }
  std::int64_t heard_at_ns() const { return heard_at_ns_; }
  std::int64_t contradictions() const { return contradictions_; }

  /// Nothing is known until the next reading. A probation goes on.
  void forget() { bounds_.reset(); }

 private:
  /// A bound, and the moment of the client's clock at which it held.
  struct Bounds {
    std::int64_t earliest_ns;
    std::int64_t earliest_at_ns;
    std::int64_t latest_ns;
    std::int64_t latest_at_ns;
  };

  static Bounds bounds_of(const ExchangeReading& reading);
  Interval interval_of(const Bounds& bounds, std::int64_t boot_ns) const;
  Bounds tighter(const Bounds& one, const Bounds& other, std::int64_t boot_ns) const;
  Verdict start_again(const Bounds& bounds, std::int64_t boot_ns);

  DriftBound drift_;
  std::int64_t probation_ns_;
  std::optional<Bounds> bounds_;
  /// Until when bounds_ is not believed; after that moment it is.
  std::optional<std::int64_t> on_probation_until_ns_;
  ClockState::type state_ = ClockState::UNKNOWN;
  std::int64_t heard_at_ns_ = 0;
  std::int64_t contradictions_ = 0;
};

}  // namespace timeservice::client
