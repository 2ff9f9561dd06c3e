#pragma once

#include <string>

#include "bench/results.h"

namespace timeservice::bench {

/// The report as a picture: for each scenario a line per row, with a bar of its
/// calls per second and one of its p50 and p99. Readable on light and on dark.
std::string chart_svg(const Report& report);

}  // namespace timeservice::bench
