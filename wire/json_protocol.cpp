#include "wire/json_protocol.h"

#include <algorithm>
#include <array>

#include <thrift/protocol/TBase64Utils.h>
#include <thrift/protocol/TProtocolException.h>

namespace timeservice::wire {
namespace {

using apache::thrift::protocol::TJSONProtocol;
using apache::thrift::protocol::TProtocolException;

constexpr std::size_t kGroup = 4;
constexpr std::size_t kMostPadding = 2;

}  // namespace

std::uint32_t JsonProtocol::readByte(std::int8_t& byte) {
  std::int16_t number = 0;
  const std::uint32_t bytes = TJSONProtocol::readI16(number);
  // Signed or not, as different libraries write it.
  if (number < -128 || number > 255) {
    throw TProtocolException(TProtocolException::INVALID_DATA, "a byte is out of range");
  }
  byte = static_cast<std::int8_t>(number);
  return bytes;
}

std::uint32_t JsonProtocol::readBinary(std::string& bytes) {
  std::string text;
  const std::uint32_t read = TJSONProtocol::readString(text);
  for (std::size_t i = 0; i < kMostPadding && text.ends_with('='); ++i) text.pop_back();
  bytes.clear();
  for (std::size_t at = 0; at < text.size(); at += kGroup) {
    const std::size_t left = std::min(kGroup, text.size() - at);
    if (left == 1) break;  // no whole byte: such as a plain string has, when it is skipped
    std::array<std::uint8_t, kGroup> group{};
    std::copy_n(text.begin() + static_cast<std::ptrdiff_t>(at), left, group.begin());
    apache::thrift::protocol::base64_decode(group.data(), static_cast<std::uint32_t>(left));
    bytes.append(reinterpret_cast<const char*>(group.data()), left - 1);
  }
  return read;
}

}  // namespace timeservice::wire
