#pragma once

#include "server/host/metric_families.h"

namespace timeservice::host {

/// Appends what Prometheus's own clients tell of every process, under the same names:
/// memory, descriptors, processor time, start. What /proc does not tell is left out.
void add_process_metrics(MetricFamilies& families);

}  // namespace timeservice::host
