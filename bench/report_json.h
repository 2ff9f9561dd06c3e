#pragma once

#include <string>

#include "bench/bench_options.h"
#include "bench/results.h"

namespace timeservice::bench {

/// The report as a JSON document: the machine, the settings, every row with its
/// summary and each of its rounds. What is not known is null.
std::string report_json(const Report& report, const BenchOptions& options);

}  // namespace timeservice::bench
