#pragma once

#include <cstdint>
#include <span>

#include "wire/protocol.h"

namespace timeservice::wire {

/// Whether it is one of Thrift's: call, reply, exception, oneway.
constexpr bool is_message_type(int type) { return type >= 1 && type <= 4; }

/// The number that stands in a JSON message where its type does; 0 where none does.
int json_message_type(std::span<const std::uint8_t> message);

/// The type of a whole message, told from its head without decoding it; 0 where
/// there is none. Thrift's protocols would load whatever number stands there into
/// an enumeration that does not have it.
inline int message_type(Protocol protocol, std::span<const std::uint8_t> message) {
  int type = 0;
  if (protocol == Protocol::kBinary) {
    if (message.size() > 3) type = message[3];
  } else if (protocol == Protocol::kCompact) {
    if (message.size() > 1) type = message[1] >> 5;
  } else {
    type = json_message_type(message);
  }
  return is_message_type(type) ? type : 0;
}

}  // namespace timeservice::wire
