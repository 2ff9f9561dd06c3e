#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace timeservice::clock {

/// How the wall clock's error is bounded.
struct BoundOptions {
  /// Whose word the bound is: a row of kBoundSources and its argument, as in
  /// "kernel", "chrony:127.0.0.1:323" or "fixed:50ms".
  std::string source = "kernel";
  /// Added to the kernel's bound: how far the servers that the clock is set by may be
  /// off, for time daemons that leave this out. Unset, such a daemon's bound is none.
  std::optional<std::chrono::nanoseconds> upstream_error = std::nullopt;
  /// A source that has confirmed the clock within this time keeps it SYNCHRONIZED.
  std::chrono::nanoseconds holdover_after = std::chrono::minutes(10);
  /// A bound that has grown to this is no bound: UNSYNCHRONIZED.
  std::chrono::nanoseconds max_error = std::chrono::seconds(1);
  /// How fast the clock may run away while nobody disciplines it, in millionths: the
  /// kernel's own assumption, MAXFREQ.
  int drift_ppm = 500;
  /// Exists where systemd-timesyncd has set the clock.
  std::string timesyncd_mark = "/run/systemd/timesync/synchronized";
  /// The table of leap seconds, for TAI - UTC.
  std::string leap_seconds_list = "/usr/share/zoneinfo/leap-seconds.list";
};

}  // namespace timeservice::clock
