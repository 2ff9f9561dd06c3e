#pragma once

#include "server/host/admin.h"
#include "server/time/refusals.h"
#include "server/time/time_handler.h"

namespace timeservice {

/// Tells an operator of the clock, the oracle, the zones and the calls that were refused:
/// metrics, sections of the status, and that the server has failed once timestamps
/// cannot be handed out. All that is named outlives the registration.
[[nodiscard]] host::Admin::Registration add_time(host::Admin& admin, const TimeSources& sources,
                                                 const Refusals& refusals);

/// What the oracle cannot do, one line, or "".
std::string oracle_failure(const oracle::TimestampOracle& oracle);

}  // namespace timeservice
