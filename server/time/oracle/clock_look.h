#pragma once

#include "server/time/clock/clock.h"

namespace timeservice::oracle {

/// Both clocks at one moment.
struct ClockLook {
  clock::WallTime wall;
  clock::BootTime boot;
};

/// Reads both so that they belong together within a millisecond: the thread may be
/// stopped for an hour between two reads, which would look like a jump of the clock.
/// Under a load that never lets it, `boot` is the earlier one: a jump then looks
/// larger, never smaller, than it is.
ClockLook look_at(const clock::Clock& clock);

}  // namespace timeservice::oracle
