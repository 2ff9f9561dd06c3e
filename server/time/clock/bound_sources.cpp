#include "server/time/clock/bound_sources.h"

#include <stdexcept>

#include <fmt/format.h>

#include "server/time/clock/bound_duration.h"
#include "server/time/clock/system_clock.h"

namespace timeservice::clock {
namespace {

std::string usages() {
  std::string usages;
  for (const BoundSourceRow& row : kBoundSources) {
    usages += fmt::format("{}{}{}", usages.empty() ? "" : ", ", row.name, row.argument);
  }
  return usages;
}

}  // namespace

std::unique_ptr<BoundSource> make_bound_source(const BoundOptions& options, const Clock& clock) {
  const std::string_view text = options.source;
  const std::size_t colon = text.find(':');
  const std::string_view name = text.substr(0, colon);
  const std::string_view argument = colon == std::string_view::npos ? "" : text.substr(colon + 1);
  for (const BoundSourceRow& row : kBoundSources) {
    if (row.name != name) continue;
    if (row.argument.empty() && colon != std::string_view::npos) {
      throw std::invalid_argument(fmt::format("'{}' takes no argument: give '{}'", name, name));
    }
    return row.make(argument, options, clock);
  }
  throw std::invalid_argument(fmt::format("'{}' is not one of {}", text, usages()));
}

void check_bound_source(const BoundOptions& options) { make_bound_source(options, SystemClock()); }

}  // namespace timeservice::clock
