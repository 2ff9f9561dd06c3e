#pragma once

#include <string>

#include "server/time/clock/clock.h"

namespace timeservice::clock {

/// The instant in the process's local time zone as ctime(3) writes it, without the
/// newline: 24 characters up to the year 9999. English whatever the locale. The
/// last second asked for is kept for each thread, since ctime takes a lock.
std::string ctime_text(WallTime time);

}  // namespace timeservice::clock
