#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "server/time/zone/zone_catalog.h"
#include "time_service_types.h"

namespace timeservice::zone {

/// The three zone calls of the contract, as idl/time_service.thrift tells them. Each
/// replaces the contents of its first argument, and throws BadRequest.
void to_local(std::vector<LocalTime>& local_times, const ZoneCatalog& catalog,
              const std::vector<std::int64_t>& instants_ns, const std::string& zone,
              const std::string& format);
void from_local(std::vector<ResolvedTime>& resolved, const ZoneCatalog& catalog,
                const std::vector<std::string>& texts, const std::string& zone, const std::string& format,
                Disambiguation::type policy);
void zone_periods(std::vector<ZonePeriod>& periods, const ZoneCatalog& catalog, const std::string& zone,
                  std::int64_t from_ns, std::int64_t until_ns);

}  // namespace timeservice::zone
