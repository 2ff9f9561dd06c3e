#include "wire/limited_json.h"

#include <thrift/protocol/TProtocolException.h>

namespace timeservice::wire {

using apache::thrift::protocol::TProtocolException;
using apache::thrift::protocol::TType;

std::uint32_t LimitedJson::readMapBegin_virt(TType& key, TType& value, std::uint32_t& size) {
  const std::uint32_t bytes = TJSONProtocol::readMapBegin(key, value, size);
  check(size);
  return bytes;
}

std::uint32_t LimitedJson::readListBegin_virt(TType& element, std::uint32_t& size) {
  const std::uint32_t bytes = TJSONProtocol::readListBegin(element, size);
  check(size);
  return bytes;
}

std::uint32_t LimitedJson::readSetBegin_virt(TType& element, std::uint32_t& size) {
  const std::uint32_t bytes = TJSONProtocol::readSetBegin(element, size);
  check(size);
  return bytes;
}

void LimitedJson::check(std::uint32_t size) {
  if (size > most_) throw TProtocolException(TProtocolException::SIZE_LIMIT, "a container is too large");
  // Each element takes a byte at least.
  getTransport()->checkReadBytesAvailable(static_cast<long>(size));
}

}  // namespace timeservice::wire
