#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "server/time/zone/tzif.h"
#include "time_service_types.h"

namespace timeservice::zone {

/// A stretch of time in which a zone keeps one offset and abbreviation. It ends where
/// the next one starts.
struct Period {
  /// Seconds since 1970-01-01T00:00:00Z; the first period has always been.
  std::int64_t start_s = 0;
  WallOffset wall = {};
};

/// How a local time relates to the zone's time line. Where it is unique, the two offsets
/// are one; else they are those before and after the change that skips or repeats it.
struct Resolution {
  LocalKind::type kind = LocalKind::UNIQUE;
  std::int32_t before_offset_s = 0;
  std::int32_t after_offset_s = 0;
};

/// A zone's offsets over all the instants that an i64 of nanoseconds can name, as a
/// table. A value; any thread.
class Zone {
 public:
  /// Throws std::runtime_error if the file's rule for the future cannot be read, or has
  /// nothing to do with its last change.
  explicit Zone(const Tzif& file);

  const std::vector<Period>& periods() const { return periods_; }

  /// Index of the period that holds this second. `hint` is any index; that of a
  /// neighbouring instant makes it quick.
  std::size_t period_at(std::int64_t unix_s, std::size_t hint) const;

  /// What a local time, as seconds since 1970-01-01T00:00:00 on the zone's wall clock,
  /// can mean.
  Resolution resolve(std::int64_t local_s) const;

 private:
  bool holds(std::size_t index, std::int64_t unix_s) const;
  void append(std::int64_t start_s, const WallOffset& wall);
  /// Of what comes after the file's last change.
  void append_rule(const TzRule& rule, std::int64_t last_s);

  std::vector<Period> periods_;
};

}  // namespace timeservice::zone
