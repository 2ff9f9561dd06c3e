#pragma once

#include <string>
#include <string_view>

#include "server/host/host_options.h"
#include "wire/wire_error.h"

namespace timeservice::host {

/// Why a client's bytes are refused, one line for its reply and for the log: "reason:
/// what is wrong; what a host with these options takes: what to do". `detail`, if
/// any, is said of what is wrong; `advice` stands in place of the reason's own where more is known.
std::string refusal_text(wire::WireError error, const HostOptions& options, std::string_view detail = {},
                         std::string_view advice = {});

}  // namespace timeservice::host
