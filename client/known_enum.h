#pragma once

#include <cstdint>
#include <cstring>

namespace timeservice::client {

/// An enumeration's value as Thrift left it, which is whatever number arrived, or its 0
/// for a number that this client does not know: those after `last` and before 0.
template <typename Enum>
Enum known(const Enum& value, Enum last) {
  // To load a number that the enumeration does not have is undefined, so its bytes are
  // looked at.
  static_assert(sizeof(Enum) == sizeof(std::uint32_t));
  std::uint32_t number = 0;
  std::memcpy(&number, &value, sizeof(number));
  return number <= static_cast<std::uint32_t>(last) ? static_cast<Enum>(number) : Enum{};
}

}  // namespace timeservice::client
