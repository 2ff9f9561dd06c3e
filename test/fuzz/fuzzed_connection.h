#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "test/unit/bytes.h"
#include "wire/limits.h"
#include "wire/protocol.h"
#include "wire/transport.h"
#include "wire/wire_error.h"

namespace timeservice::test {

/// What the server was told to take.
struct FuzzedOptions {
  wire::Protocol protocol;
  wire::Transport transport;
  wire::Limits limits;
};

/// What came of a connection.
struct FuzzedOutcome {
  /// The bytes that each call took, up to the end or the first that was refused.
  std::vector<std::size_t> calls;
  /// The replies to them, one behind the other.
  Bytes replies;
  std::optional<wire::WireError> refused;
  /// What the client is told of that; nothing where its message's head has not come.
  Bytes refusal;
};

/// How many bytes arrive next; 0 counts as 1.
using NextPiece = std::function<std::size_t()>;

/// Serves a connection of the echo service that sends `bytes` in pieces, as the host
/// does it: detected, cut, run. Ends the process where one of them breaks a promise.
FuzzedOutcome serve(std::span<const std::uint8_t> bytes, const FuzzedOptions& options,
                    const NextPiece& next_piece);

/// Ends the process, saying what was promised, unless it holds.
void promise(bool holds, const char* what);

}  // namespace timeservice::test
