#pragma once

#include <cstdint>

#include "time_service_types.h"

namespace timeservice::client {

/// True time as an interval, in nanoseconds since 1970: when this machine's clock was
/// read, as the last thing in the call, it lay within [earliest_ns, latest_ns]. An instant
/// t is surely past if t < earliest_ns, and was surely to come if t > latest_ns.
struct TrueTime {
  std::int64_t earliest_ns = 0;
  std::int64_t latest_ns = 0;
  /// SYNCHRONIZED or HOLDOVER.
  ClockState::type state = ClockState::UNKNOWN;

  /// Half the width, rounded up: how far the middle may be from true time.
  std::int64_t error_ns() const {
    const auto width = static_cast<std::uint64_t>(latest_ns) - static_cast<std::uint64_t>(earliest_ns);
    return static_cast<std::int64_t>(width / 2 + width % 2);
  }
  std::int64_t middle_ns() const {
    const auto width = static_cast<std::uint64_t>(latest_ns) - static_cast<std::uint64_t>(earliest_ns);
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(earliest_ns) + width / 2);
  }
};

/// An interval that held at some moment of a round trip, as it holds at its end, the
/// client's clock having its own drift.
TrueTime on_receipt(const TimeInterval& interval, std::int64_t round_trip_ns);

}  // namespace timeservice::client
