#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "time_service_types.h"

namespace timeservice::client {

/// Rows of the table of output formats: what is about zones.
std::string local_text(std::int64_t instant_ns, const LocalTime& local);
std::string local_json(std::int64_t instant_ns, const LocalTime& local);
std::string resolved_text(const std::string& text, const ResolvedTime& resolved);
std::string resolved_json(const std::string& text, const ResolvedTime& resolved);
std::string period_text(const ZonePeriod& period);
std::string period_json(const ZonePeriod& period);
std::string zones_text(const std::vector<std::string>& names);
std::string zones_json(const std::vector<std::string>& names);

}  // namespace timeservice::client
