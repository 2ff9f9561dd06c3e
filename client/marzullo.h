#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "client/interval.h"

namespace timeservice::client {

/// From the first to the last point that at least `needed` of the intervals contain;
/// nothing where no point is in so many.
///
/// Where true time is in at least `needed` of them, it is in the result, whatever the others
/// say. (Marzullo's algorithm takes the points that the most contain. A liar whose interval
/// overlaps the others beside true time would then cut true time off.) None is empty.
std::optional<Interval> agreement(const std::vector<Interval>& intervals, std::size_t needed);

}  // namespace timeservice::client
