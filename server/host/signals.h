#pragma once

namespace timeservice::host {

/// SIGTERM and SIGINT, which stop, and SIGHUP, which reloads: to be waited for instead of
/// interrupting. Make it before any thread is started: threads inherit that these
/// signals are held back. SIGPIPE is ignored: a write to a closed socket is an error of
/// that socket.
class Signals {
 public:
  Signals();
  /// Waits for the next; its number. The same one again within a moment is the same
  /// wish: a wrapper that signals its child and then their group sends it twice.
  int wait();
};

/// Whether a signal that wait() returned asks to stop.
bool is_stop(int signal);

}  // namespace timeservice::host
