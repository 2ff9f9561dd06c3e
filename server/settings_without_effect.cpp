#include "server/settings_without_effect.h"

#include <fmt/format.h>

#include "server/host/tls_certificates.h"
#include "server/time/clock/bound_sources.h"

namespace timeservice {
namespace {

struct Need {
  std::string_view name;
  bool (*is_met)(const ServerOptions& options);
  /// What is to be given beside it.
  std::string_view other;
};

bool hands_out_timestamps(const ServerOptions& options) { return !options.oracle_state.empty(); }

constexpr Need kNeeds[] = {
    {"tls-handshake-timeout", [](const ServerOptions& o) { return host::any_tls(o.host); },
     "an endpoint that is TLS, such as --listen tls:*:9443"},
    {"upstream-error",
     [](const ServerOptions& o) { return clock::bound_source_row(o.clock).takes_upstream_error; },
     "--clock-error kernel"},
    {"holdover-after", [](const ServerOptions& o) { return clock::bound_source_row(o.clock).may_be_silent; },
     "a --clock-error that is heard from time to time"},
    {"oracle-window", &hands_out_timestamps, "--oracle-state"},
    {"oracle-timeout", &hands_out_timestamps, "--oracle-state"},
    {"max-jump", &hands_out_timestamps, "--oracle-state"},
};

}  // namespace

std::vector<std::string> settings_without_effect(const GivenPlaces& given, const ServerOptions& options) {
  std::vector<std::string> warnings;
  for (const Need& need : kNeeds) {
    const auto found = given.find(need.name);
    if (found == given.end() || need.is_met(options)) continue;
    warnings.push_back(
        fmt::format("{} means nothing without {}, and is ignored: give that, or leave this out",
                    found->second, need.other));
  }
  return warnings;
}

}  // namespace timeservice
