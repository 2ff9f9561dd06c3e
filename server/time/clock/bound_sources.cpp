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

const BoundSourceRow& bound_source_row(const BoundOptions& options) {
  const std::string_view text = options.source;
  const std::string_view name = text.substr(0, text.find(':'));
  for (const BoundSourceRow& row : kBoundSources) {
    if (row.name == name) return row;
  }
  throw std::invalid_argument(fmt::format("'{}' is not one of {}", text, usages()));
}

std::unique_ptr<BoundSource> make_bound_source(const BoundOptions& options, const Clock& clock) {
  const BoundSourceRow& row = bound_source_row(options);
  const std::string_view text = options.source;
  if (text == row.name) return row.make("", options, clock);
  if (row.argument.empty()) {
    throw std::invalid_argument(fmt::format("'{}' takes no argument: give '{}'", row.name, row.name));
  }
  return row.make(text.substr(row.name.size() + 1), options, clock);
}

void check_bound_source(const BoundOptions& options) { make_bound_source(options, SystemClock()); }

}  // namespace timeservice::clock
