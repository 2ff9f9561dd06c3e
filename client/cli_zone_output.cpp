#include "client/cli_zone_output.h"

#include <cstdlib>

#include <fmt/format.h>

#include "client/cli_json.h"
#include "client/cli_output.h"

namespace timeservice::client {
namespace {

/// "-04:00", and with seconds only where it has some.
std::string offset_text(std::int32_t offset_s) {
  const auto size = std::abs(std::int64_t{offset_s});
  std::string text = fmt::format("{}{:02}:{:02}", offset_s < 0 ? '-' : '+', size / 3600, size / 60 % 60);
  if (size % 60 != 0) text += fmt::format(":{:02}", size % 60);
  return text;
}

}  // namespace

std::string local_text(std::int64_t, const LocalTime& local) { return printable(local.text); }

std::string local_json(std::int64_t instant_ns, const LocalTime& local) {
  return dump({{"instant_ns", instant_ns},
               {"text", local.text},
               {"utc_offset_s", local.utc_offset_s},
               {"abbreviation", local.abbreviation}});
}

std::string resolved_text(const std::string&, const ResolvedTime& resolved) {
  return std::to_string(resolved.instant_ns);
}

std::string resolved_json(const std::string& text, const ResolvedTime& resolved) {
  return dump({{"text", text},
               {"instant_ns", resolved.instant_ns},
               {"kind", _LocalKind_VALUES_TO_NAMES.at(static_cast<int>(resolved.kind))},
               {"utc_offset_s", resolved.utc_offset_s}});
}

std::string period_text(const ZonePeriod& period) {
  return fmt::format("{} .. {} {} {}", instant_text(period.start_ns), instant_text(period.end_ns),
                     offset_text(period.utc_offset_s), printable(period.abbreviation));
}

std::string period_json(const ZonePeriod& period) {
  return dump({{"start_ns", period.start_ns},
               {"end_ns", period.end_ns},
               {"utc_offset_s", period.utc_offset_s},
               {"abbreviation", period.abbreviation}});
}

std::string zones_text(const std::vector<std::string>& names) {
  std::string lines;
  for (const std::string& name : names)
    lines += fmt::format("{}{}", lines.empty() ? "" : "\n", printable(name));
  return lines;
}

std::string zones_json(const std::vector<std::string>& names) { return dump({{"zones", names}}); }

}  // namespace timeservice::client
