#pragma once

#include <future>
#include <string>
#include <string_view>
#include <vector>

#include "test/support/echo_host.h"

namespace timeservice::test {

inline constexpr wire::Dialect kFramedBinary{wire::Protocol::kBinary, wire::Transport::kFramed};

/// In framed binary, which every mode takes.
EchoConnection connect(EchoHost& host);

/// A call, by a client of its own, that runs until the host's latch is released.
std::future<std::string> call_block(EchoHost& host, const std::string& token);

/// What the server says instead of running the call; "" if it runs it.
std::string refusal_of(EchoConnection& client);

bool begins(std::string_view text, std::string_view with);

/// Every mode, with the threads that it can be given: all of them busy with one call.
std::vector<host::HostOptions> one_at_a_time();

}  // namespace timeservice::test
