#include "server/host/declared_exception.h"

#include <algorithm>
#include <cstddef>

namespace timeservice::host {
namespace {

using Bytes = std::span<const std::uint8_t>;

/// What is left behind the first `count` bytes; nothing where there are not so many.
Bytes behind(Bytes bytes, std::size_t count) { return bytes.subspan(std::min(count, bytes.size())); }

Bytes behind_varint(Bytes bytes) {
  const auto last = std::find_if(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte < 0x80; });
  return behind(bytes, static_cast<std::size_t>(last - bytes.begin()) + 1);
}

// Two bytes, the number, the name behind its length; then a field's type with what its id
// is more than the last one's, or 0 and the id itself. Names are shorter than 128.
bool in_compact(Bytes reply) {
  const Bytes name = behind_varint(behind(reply, 2));
  if (name.empty() || name[0] >= 0x80) return false;
  const Bytes body = behind(name, std::size_t{1} + name[0]);
  if (body.size() < 2 || body[0] == 0) return false;
  return body[0] >> 4 != 0 || body[1] != 0;
}

// The name is one that the IDL has, so it holds no brace.
bool in_json(Bytes reply) {
  const auto brace = static_cast<std::size_t>(std::find(reply.begin(), reply.end(), '{') - reply.begin());
  const Bytes body = behind(reply, brace);
  return body.size() > 2 && body[1] == '"' && body[2] != '0';
}

}  // namespace

namespace detail {

bool is_declared_exception(wire::Protocol protocol, Bytes reply) {
  return protocol == wire::Protocol::kCompact ? in_compact(reply) : in_json(reply);
}

}  // namespace detail
}  // namespace timeservice::host
