#pragma once

#include <signal.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace timeservice::peers {

/// What every server of a peer can be told.
struct ServerOptions {
  /// Of 127.0.0.1; 0 finds a free one.
  std::uint16_t port = 0;
  /// Of the pool, where the server has one; unset: the server's own default.
  std::optional<std::size_t> threads = {};
  /// Which of the servers, where the program has several: the value of its own flag.
  std::string kind = {};
};

/// A flag that names one of several servers.
struct KindFlag {
  std::string_view name;
  std::string help;
  std::string_view standard;
};

/// SIGTERM and SIGINT, to be waited for. Make it before any thread: threads inherit that
/// they are held back.
class EndSignal {
 public:
  EndSignal();
  void wait();
  /// Ends a wait(), now or to come.
  static void raise();

 private:
  sigset_t signals_;
};

/// main() of a server: reads the flags, and calls `serve`, which serves until `end`; or
/// prints the help. Returns the exit code.
int run_peer_server(std::string_view name, int argc, char** argv, const std::optional<KindFlag>& kind,
                    const std::function<void(const ServerOptions& options, EndSignal& end)>& serve);

/// Tells whoever started the server that it answers now.
void say_ready(int port);

}  // namespace timeservice::peers
