#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include <spdlog/logger.h>

#include "server/host/host.h"
#include "server/host/signals.h"

namespace timeservice::host {

class Admin;

/// The exit code where something was cut at its timeout on the way down.
inline constexpr int kCutShort = 3;

struct ServeOptions {
  /// How long to go on serving after the signal, as draining, before new connections are
  /// refused: a load balancer must hear of it first.
  std::chrono::milliseconds drain_delay{0};
  /// How long calls in flight may take to finish after that.
  std::chrono::milliseconds drain_timeout = std::chrono::seconds(10);
  /// Where to tell that it serves, that it is stuck, and that it drains; null: nowhere.
  Admin* admin = nullptr;
  /// What is to be done once every call was answered, such as a last write, and may take so
  /// long that a second signal must end it; empty: nothing.
  std::function<void()> finish = {};
};

/// The life of a server process: starts the host, prints one line that begins with
/// "ready: " to standard output, serves until SIGTERM or SIGINT, goes on for the drain
/// delay, and drains. SIGHUP reads the certificates anew. A service manager, if one
/// listens, is told of each step, and fed its watchdog while the host gets on.
///
/// Returns when every call was answered: 0, for main to return, which no further signal
/// changes. Otherwise it ends the process, since a handler that still runs cannot be waited
/// for: with exit code kCutShort when calls were cut at the drain timeout, with 128 + N at a
/// second signal N, of SIGTERM and SIGINT. Throws StartError when the host cannot start.
int serve_until_signal(Host& host, Signals& signals, const std::shared_ptr<spdlog::logger>& log,
                       const ServeOptions& options = {});

}  // namespace timeservice::host
