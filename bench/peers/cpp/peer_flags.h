#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "bench/peers/cpp/peer_workload.h"

namespace timeservice::peers {

/// What every client of a peer can be told.
struct ClientOptions {
  /// Of 127.0.0.1.
  int port = 0;
  Call call = Call::kGetTime;
  /// That echo sends.
  std::size_t payload_bytes = 1024;
  /// Of prices.
  std::int32_t count = 10000;
  /// That wait waits.
  std::int32_t milliseconds = 5;
  /// Calls at a time, each on a connection of its own unless one_connection.
  std::size_t concurrency = 1;
  bool one_connection = false;
  /// To measure; 0: for `duration`.
  std::size_t calls = 0;
  std::chrono::nanoseconds duration = std::chrono::seconds(1);
  /// Calls that do not count come first.
  std::chrono::nanoseconds warm_up = std::chrono::milliseconds(300);

  bool pipelined() const { return one_connection && concurrency > 1; }
};

/// A flag without a value that one framework has.
struct Switch {
  std::string_view name;
  std::string_view help;
  bool& set;
};

/// Reads them; or prints the help, and gives nothing. Throws what run_peer() takes for
/// wrong flags.
std::optional<ClientOptions> parse_client_flags(std::string_view name, int argc, char** argv,
                                                const std::vector<Switch>& own);

}  // namespace timeservice::peers
