#pragma once

#include <chrono>
#include <memory>

#include <spdlog/logger.h>

#include "server/host/host.h"
#include "server/host/signals.h"

namespace timeservice::host {

/// The exit code where something was cut at its timeout on the way down.
inline constexpr int kCutShort = 3;

/// The life of a server process: starts the host, prints one line that begins with
/// "ready: " to standard output, serves until SIGTERM or SIGINT, and drains.
///
/// Returns when every call was answered: 0, for main to return. Otherwise it ends
/// the process, since a handler that still runs cannot be waited for: with exit
/// code kCutShort when calls were cut at `drain_timeout`, with 128 + N at a second signal
/// N. Throws StartError when the host cannot start.
int serve_until_signal(Host& host, Signals& signals, const std::shared_ptr<spdlog::logger>& log,
                       std::chrono::milliseconds drain_timeout);

}  // namespace timeservice::host
