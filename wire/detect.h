#pragma once

#include <cstdint>
#include <span>
#include <variant>

#include "wire/protocol.h"
#include "wire/transport.h"
#include "wire/wire_error.h"

namespace timeservice::wire {

/// What one connection speaks; neither part is kAuto.
struct Dialect {
  Protocol protocol;
  Transport transport;
  bool operator==(const Dialect&) const = default;
};

/// More bytes are needed to tell.
struct NeedMore {};

/// What a connection's first bytes say.
using Detection = std::variant<NeedMore, Dialect, WireError>;

/// Tells from the first bytes of a connection what its client speaks. At most
/// six bytes are looked at; a frame's payload is told by its own first bytes.
Detection detect(std::span<const std::uint8_t> first_bytes);

/// The same for what is known to be a frame's payload, whole.
Detection detect_payload(std::span<const std::uint8_t> payload);

/// Holds what was detected against what the server was told to take; kAuto takes
/// everything. Returns the dialect or why it is refused.
std::variant<Dialect, WireError> admit(Dialect dialect, Protocol protocol, Transport transport);

}  // namespace timeservice::wire
