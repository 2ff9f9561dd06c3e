#pragma once

#include <cstdint>

#include "wire/detect.h"

namespace timeservice::bench {

/// The limit that servers are held against: the least that a server on one event
/// loop can do. It counts the bytes that come, looks at none of them, and sends as
/// many canned replies as whole requests fit in them.
///
/// Listens on 127.0.0.1 at `port` (0: any), writes a ready line as time-server does,
/// and serves until a signal ends the process. Throws std::system_error.
[[noreturn]] void serve_raw_limit(wire::Dialect dialect, std::uint16_t port);

}  // namespace timeservice::bench
