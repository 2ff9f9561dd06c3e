#pragma once

#include <array>

#include <nlohmann/json.hpp>

#include "server/host/metric_families.h"

namespace timeservice::host {

class Host;

/// Appends what a host counts: calls, connections, bytes, errors; nothing before it was
/// started. Any thread; never waits.
void add_host_metrics(MetricFamilies& families, const Host& host);

/// A section of /status about a host that was started; null: nothing to tell. Any thread; never waits.
struct HostSection {
  const char* name;
  nlohmann::ordered_json (*status)(const Host& host);
};
extern const std::array<HostSection, 6> kHostSections;

}  // namespace timeservice::host
