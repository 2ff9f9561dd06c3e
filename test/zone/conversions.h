#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "server/time/zone/zone_conversion.h"
#include "test/zone/tz_tree.h"

// The conversions as functions that return, in this machine's zones.
namespace timeservice::test {

inline constexpr std::int64_t kSecond = 1'000'000'000;
inline constexpr std::int64_t kNoInstant = std::numeric_limits<std::int64_t>::min();
inline constexpr std::int64_t kEarliest = kNoInstant + 1;
inline constexpr std::int64_t kLatest = std::numeric_limits<std::int64_t>::max();
inline const std::string kNewYork = "America/New_York";

inline const zone::ZoneCatalog& catalog() {
  static const zone::ZoneCatalog catalog(kSystemTree);
  return catalog;
}

inline std::vector<LocalTime> local(const std::vector<std::int64_t>& instants_ns,
                                    const std::string& zone = "", const std::string& format = "") {
  std::vector<LocalTime> result(3);  // whatever was there is replaced
  zone::to_local(result, catalog(), instants_ns, zone, format);
  return result;
}

inline std::vector<ResolvedTime> instants(const std::vector<std::string>& texts, const std::string& zone = "",
                                          const std::string& format = "",
                                          Disambiguation::type policy = Disambiguation::REJECT) {
  std::vector<ResolvedTime> result(3);
  zone::from_local(result, catalog(), texts, zone, format, policy);
  return result;
}

inline std::vector<ZonePeriod> periods(const std::string& zone, std::int64_t from_ns, std::int64_t until_ns) {
  std::vector<ZonePeriod> result(3);
  zone::zone_periods(result, catalog(), zone, from_ns, until_ns);
  return result;
}

}  // namespace timeservice::test
