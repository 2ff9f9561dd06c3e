#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "server/time/clock/clock.h"

namespace timeservice::clock {

/// TAI - UTC from a table in the format of leap-seconds.list, as tzdata installs it.
/// Immutable.
class LeapTable {
 public:
  /// Reads the file. One that is absent or makes no sense is as one that has expired.
  explicit LeapTable(const std::string& path);

  /// In seconds; 0 where the table does not reach: before 1972 and once it has expired.
  std::int32_t tai_offset_s(WallTime wall) const;

 private:
  struct Entry {
    std::int64_t from_s = 0;
    std::int32_t offset_s = 0;
  };

  bool parse(const std::string& path);

  std::int64_t expires_s_ = 0;
  std::vector<Entry> entries_;
};

}  // namespace timeservice::clock
