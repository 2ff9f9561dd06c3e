#pragma once

#include <istream>
#include <string>
#include <vector>

namespace timeservice::zone {

/// What the head and the names of tzdata.zi say, the text form of the tz database.
struct TzdataZi {
  /// Such as "2025b".
  std::string version;
  /// Zones and links, in byte order.
  std::vector<std::string> names;
};

/// Reads it. Throws std::runtime_error if it is no such file, or names a zone in a way
/// that would lead out of the directory.
TzdataZi read_tzdata_zi(std::istream& file);

}  // namespace timeservice::zone
