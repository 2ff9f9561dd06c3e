#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "server/time/zone/zone_catalog.h"
#include "time_service_types.h"

namespace timeservice::zone {

/// What to_local() answers with at most, in bytes, where its caller does not say.
inline constexpr std::size_t kMostReplyBytes = std::size_t{1} << 20;

/// The three zone calls of the contract, as idl/time_service.thrift tells them. Each
/// replaces the contents of its first argument, and throws BadRequest. to_local() also
/// refuses, as TOO_MANY, what would answer with more than `most_bytes`: a few bytes can ask
/// for megabytes.
void to_local(std::vector<LocalTime>& local_times, const ZoneCatalog& catalog,
              const std::vector<std::int64_t>& instants_ns, const std::string& zone,
              const std::string& format, std::size_t most_bytes = kMostReplyBytes);
void from_local(std::vector<ResolvedTime>& resolved, const ZoneCatalog& catalog,
                const std::vector<std::string>& texts, const std::string& zone, const std::string& format,
                Disambiguation::type policy);
void zone_periods(std::vector<ZonePeriod>& periods, const ZoneCatalog& catalog, const std::string& zone,
                  std::int64_t from_ns, std::int64_t until_ns);

}  // namespace timeservice::zone
