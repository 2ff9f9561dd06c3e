#include "server/time/refusals.h"

namespace timeservice {

std::vector<Refusals::Count> Refusals::counts() const {
  std::vector<Count> counts;
  const auto add = [&](const char* exception, const ByCode& by_code, const auto& names) {
    for (const auto& [code, name] : names) {
      counts.push_back({exception, name, by_code.at(static_cast<std::size_t>(code)).load()});
    }
  };
  add("BadRequest", bad_requests_, _BadRequestCode_VALUES_TO_NAMES);
  add("ClockUnreliable", clock_unreliable_, _ClockState_VALUES_TO_NAMES);
  add("OracleUnavailable", oracle_unavailable_, _OracleFault_VALUES_TO_NAMES);
  return counts;
}

}  // namespace timeservice
