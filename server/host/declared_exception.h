#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "wire/big_endian.h"
#include "wire/protocol.h"

namespace timeservice::host {

namespace detail {

bool is_declared_exception(wire::Protocol protocol, std::span<const std::uint8_t> reply);

// Version and type, the name behind its length, the number; then a field's type and id.
inline bool is_declared_in_binary(std::span<const std::uint8_t> reply) {
  if (reply.size() < 8) return false;
  const std::size_t body = std::size_t{8} + wire::read_big_endian32(&reply[4]) + 4;
  if (reply.size() < body + 3) return false;
  return (reply[body + 1] | reply[body + 2]) != 0;
}

}  // namespace detail

/// Whether a reply, as generated code writes it, carries an exception that the IDL declares:
/// its first field is then not 0, which is the result's. Looks at the head alone; false
/// for what it cannot read. Its type must be that of a reply; `protocol` must not be kAuto.
inline bool is_declared_exception(wire::Protocol protocol, std::span<const std::uint8_t> reply) {
  return protocol == wire::Protocol::kBinary ? detail::is_declared_in_binary(reply)
                                             : detail::is_declared_exception(protocol, reply);
}

}  // namespace timeservice::host
