#include "server/time/clock/fixed_bound.h"

#include <limits>
#include <stdexcept>

#include <fmt/format.h>

#include "server/time/clock/bound_duration.h"
#include "server/time/clock/bound_sources.h"

namespace timeservice::clock {

FixedBound::FixedBound(std::chrono::nanoseconds error) : error_ns_(error.count()) {}

BoundSample FixedBound::sample(BootTime) const {
  BoundSample sample;
  sample.state = ClockState::SYNCHRONIZED;
  sample.error_ns = error_ns_;
  sample.confirmed = {std::numeric_limits<std::int64_t>::min()};
  return sample;
}

bool FixedBound::outlives_step(std::int64_t step_ns) const {
  return step_ns >= -2 * error_ns_ && step_ns <= 2 * error_ns_;
}

std::unique_ptr<BoundSource> make_fixed_bound(std::string_view argument, const BoundOptions& options,
                                              const Clock&) {
  if (argument.empty()) throw std::invalid_argument("'fixed' needs an error: give 'fixed:50ms'");
  const std::chrono::nanoseconds error = parse_bound(argument);
  if (error >= options.max_error) {
    throw std::invalid_argument(fmt::format(
        "'fixed:{}' is no bound, since one from {} on counts as none: give less, or raise --max-error",
        argument, bound_text(options.max_error)));
  }
  return std::make_unique<FixedBound>(error);
}

}  // namespace timeservice::clock
