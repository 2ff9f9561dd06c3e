#include "server/time/clock/leap_table.h"

#include <fstream>
#include <sstream>

namespace timeservice::clock {
namespace {

/// The file counts from 1900.
constexpr std::int64_t k1970_s = 2'208'988'800;

}  // namespace

LeapTable::LeapTable(const std::string& path) {
  if (!parse(path)) entries_.clear();
}

bool LeapTable::parse(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  while (std::getline(file, line)) {
    std::istringstream words(line);
    if (line.starts_with("#@")) {
      words.ignore(2);
      if (!(words >> expires_s_)) return false;
      expires_s_ -= k1970_s;
    } else if (!line.empty() && line.front() != '#') {
      Entry entry;
      if (!(words >> entry.from_s >> entry.offset_s)) return false;
      entry.from_s -= k1970_s;
      if (!entries_.empty() && entry.from_s <= entries_.back().from_s) return false;
      entries_.push_back(entry);
    }
  }
  return file.eof();
}

std::int32_t LeapTable::tai_offset_s(WallTime wall) const {
  const std::int64_t now_s = wall.ns / 1'000'000'000;
  if (now_s >= expires_s_) return 0;
  std::int32_t offset_s = 0;
  for (const Entry& entry : entries_) {
    if (entry.from_s <= now_s) offset_s = entry.offset_s;
  }
  return offset_s;
}

}  // namespace timeservice::clock
