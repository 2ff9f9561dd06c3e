#pragma once

#include <cstdint>
#include <span>

#include "wire/protocol.h"

namespace timeservice::wire {

/// Whether it is one of Thrift's: call, reply, exception, oneway.
constexpr bool is_message_type(int type) { return type >= 1 && type <= 4; }

/// The type of a whole message, told from its head without decoding it; 0 where
/// there is none. Thrift's protocols would load whatever number stands there into
/// an enumeration that does not have it.
int message_type(Protocol protocol, std::span<const std::uint8_t> message);

}  // namespace timeservice::wire
