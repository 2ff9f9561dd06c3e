#include "server/time/zone/tzif.h"

#include <cstddef>
#include <limits>
#include <stdexcept>

namespace timeservice::zone {
namespace {

/// Takes big-endian numbers off the front.
class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : bytes_(bytes) {}

  std::string_view take(std::size_t count) {
    if (count > bytes_.size()) throw std::runtime_error("it is cut off");
    const std::string_view taken = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return taken;
  }

  template <typename Unsigned>
  Unsigned number() {
    Unsigned value = 0;
    for (const char c : take(sizeof(Unsigned)))
      value = static_cast<Unsigned>(value << 8 | static_cast<unsigned char>(c));
    return value;
  }

  std::string_view rest() const { return bytes_; }

 private:
  std::string_view bytes_;
};

struct Header {
  explicit Header(Bytes& bytes) {
    if (bytes.take(4) != "TZif") throw std::runtime_error("it does not begin with \"TZif\"");
    version = bytes.take(1).front();
    bytes.take(15);
    for (std::size_t* count :
         {&utc_indicators, &standard_indicators, &leap_seconds, &changes, &types, &letters}) {
      *count = bytes.number<std::uint32_t>();
    }
  }

  std::size_t size(std::size_t bytes_of_time) const {
    return changes * (bytes_of_time + 1) + types * 6 + letters + leap_seconds * (bytes_of_time + 4) +
           standard_indicators + utc_indicators;
  }

  char version;
  std::size_t utc_indicators, standard_indicators, leap_seconds, changes, types, letters;
};

WallOffset read_type(Bytes& type, std::string_view letters) {
  constexpr std::int32_t kDay_s = 86400;
  WallOffset result;
  result.offset_s = static_cast<std::int32_t>(type.number<std::uint32_t>());
  if (result.offset_s <= -kDay_s || result.offset_s >= kDay_s)
    throw std::runtime_error("its offset is over a day");
  type.take(1);  // "is daylight saving", which is nobody's business: see Europe/Dublin
  const std::size_t begin = type.number<std::uint8_t>();
  const std::size_t end = letters.find('\0', begin);
  if (begin >= letters.size() || end == std::string_view::npos) {
    throw std::runtime_error("its abbreviations are not in their place");
  }
  result.abbreviation = letters.substr(begin, end - begin);
  return result;
}

}  // namespace

Tzif read_tzif(std::string_view bytes) {
  Bytes file(bytes);
  const Header old(file);
  if (old.version < '2') throw std::runtime_error("it is of version 1, which ends in 2038");
  file.take(old.size(4));
  const Header header(file);
  if (header.leap_seconds != 0) throw std::runtime_error("it counts leap seconds");
  if (header.types == 0) throw std::runtime_error("it has no offset");

  Bytes times(file.take(header.changes * 8));
  Bytes indices(file.take(header.changes));
  Bytes type_bytes(file.take(header.types * 6));
  const std::string_view letters = file.take(header.letters);
  file.take(header.standard_indicators + header.utc_indicators);

  std::vector<WallOffset> types;
  for (std::size_t i = 0; i < header.types; ++i) types.push_back(read_type(type_bytes, letters));
  Tzif result;
  result.first = types.front();
  std::int64_t last_s = std::numeric_limits<std::int64_t>::min();
  for (std::size_t i = 0; i < header.changes; ++i) {
    const auto at_s = static_cast<std::int64_t>(times.number<std::uint64_t>());
    const std::size_t type = indices.number<std::uint8_t>();
    if (at_s <= last_s || type >= types.size()) throw std::runtime_error("its changes are not in order");
    result.changes.push_back({at_s, types[type]});
    last_s = at_s;
  }
  const std::string_view footer = file.rest();
  const std::size_t end = footer.find('\n', 1);
  if (footer.empty() || footer.front() != '\n' || end == std::string_view::npos) {
    throw std::runtime_error("it is cut off");
  }
  result.rule = footer.substr(1, end - 1);
  return result;
}

}  // namespace timeservice::zone
