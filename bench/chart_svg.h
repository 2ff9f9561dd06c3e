#pragma once

#include <string>
#include <string_view>

#include "bench/results.h"

namespace timeservice::bench {

/// The report as a picture: for each scenario a line per row, with a bar of its
/// calls per second and one of its p50 and p99. `taken` says on what machine and when.
/// Readable on light and on dark.
std::string chart_svg(const Report& report, std::string_view taken);

}  // namespace timeservice::bench
