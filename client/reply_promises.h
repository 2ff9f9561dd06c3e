#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "time_service_types.h"

namespace timeservice::client {

/// What a reply promises beyond its types, call by call. A field that is missing would
/// read as 0, and an item that is missing would shift all behind it.
///
/// All throw TProtocolException (INVALID_DATA), which becomes a ProtocolMismatch. In what
/// passes, enumerations hold values that this client knows.

void check_interval(TimeInterval& interval);
void check_range(const TimestampRange& range, std::int32_t count);
void check_local_times(const std::vector<LocalTime>& local_times, std::size_t sent);
void check_resolved(std::vector<ResolvedTime>& resolved, std::size_t sent);
void check_periods(const std::vector<ZonePeriod>& periods, std::int64_t from_ns, std::int64_t until_ns);
void check_zones(const std::vector<std::string>& names);
void check_status(ServerStatus& status);

}  // namespace timeservice::client
