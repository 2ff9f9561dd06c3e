#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "server/time/zone/tz_rule.h"

namespace timeservice::zone {

/// A compiled time zone, as its file has it (RFC 9636). A value.
struct Tzif {
  struct Change {
    std::int64_t at_s;
    WallOffset to;
  };
  /// Before the first change.
  WallOffset first;
  /// In order.
  std::vector<Change> changes;
  /// After the last one, as POSIX writes it in TZ. Files may leave all that it says to
  /// it, back to the present and beyond.
  std::string rule;
};

/// Reads one of version 2 or later. Throws std::runtime_error, also if it counts leap
/// seconds, as those in "right/" do.
Tzif read_tzif(std::string_view bytes);

}  // namespace timeservice::zone
