#pragma once

#include <string>

#include "bench/results.h"

namespace timeservice::bench {

/// The report as text: a table for each scenario, what was skipped, and what the
/// limit differs by from itself.
std::string report_table(const Report& report);

}  // namespace timeservice::bench
