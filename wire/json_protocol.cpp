#include "wire/json_protocol.h"

#include <algorithm>
#include <array>
#include <limits>
#include <string_view>

#include <thrift/protocol/TBase64Utils.h>
#include <thrift/protocol/TProtocolException.h>

#include "wire/message_type.h"

namespace timeservice::wire {
namespace {

using namespace apache::thrift::protocol;

constexpr std::int64_t kVersion = 1;

struct TypeName {
  std::string_view name;
  TType type;
};

constexpr auto kTypeNames = std::to_array<TypeName>({
    {"tf", T_BOOL},
    {"i8", T_BYTE},
    {"i16", T_I16},
    {"i32", T_I32},
    {"i64", T_I64},
    {"dbl", T_DOUBLE},
    {"str", T_STRING},
    {"rec", T_STRUCT},
    {"map", T_MAP},
    {"lst", T_LIST},
    {"set", T_SET},
});

constexpr std::size_t kGroup = 4;
constexpr std::size_t kMostPadding = 2;

/// Appends what up to four letters of base64 stand for.
void append_decoded(std::string& bytes, std::string_view letters) {
  std::array<std::uint8_t, kGroup> group{};
  std::copy(letters.begin(), letters.end(), group.begin());
  base64_decode(group.data(), static_cast<std::uint32_t>(letters.size()));
  bytes.append(reinterpret_cast<const char*>(group.data()), letters.size() - 1);
}

}  // namespace

std::uint32_t StrictJsonProtocol::readMessageBegin(std::string& name, TMessageType& type,
                                                   std::int32_t& seqid) {
  reader_.begin_array();
  if (integer<std::int64_t>() != kVersion) {
    throw TProtocolException(TProtocolException::BAD_VERSION, "a message of another version");
  }
  reader_.string(name);
  const auto number = integer<std::int16_t>();
  if (!is_message_type(number)) {
    throw TProtocolException(TProtocolException::INVALID_DATA, "a message of a type that there is not");
  }
  type = static_cast<TMessageType>(number);
  seqid = integer<std::int32_t>();
  return reader_.bytes_read();
}

std::uint32_t StrictJsonProtocol::readMessageEnd() {
  reader_.end_array();
  return reader_.bytes_read();
}

std::uint32_t StrictJsonProtocol::readStructBegin(std::string&) {
  reader_.begin_object();
  return reader_.bytes_read();
}

std::uint32_t StrictJsonProtocol::readStructEnd() {
  reader_.end_object();
  return reader_.bytes_read();
}

// "id":{"type":value}
std::uint32_t StrictJsonProtocol::readFieldBegin(std::string&, TType& type, std::int16_t& id) {
  if (reader_.at_object_end()) {
    type = T_STOP;
    return reader_.bytes_read();
  }
  id = integer<std::int16_t>();
  reader_.begin_object();
  type = type_name();
  return reader_.bytes_read();
}

std::uint32_t StrictJsonProtocol::readFieldEnd() { return readStructEnd(); }

// ["type","type",size,{key:value,...}]
std::uint32_t StrictJsonProtocol::readMapBegin(TType& key, TType& value, std::uint32_t& size) {
  reader_.begin_array();
  key = type_name();
  value = type_name();
  size = integer<std::uint32_t>();
  reader_.begin_object();
  return reader_.bytes_read();
}

std::uint32_t StrictJsonProtocol::readMapEnd() {
  reader_.end_object();
  reader_.end_array();
  return reader_.bytes_read();
}

// ["type",size,element,...]
std::uint32_t StrictJsonProtocol::readListBegin(TType& element, std::uint32_t& size) {
  reader_.begin_array();
  element = type_name();
  size = integer<std::uint32_t>();
  return reader_.bytes_read();
}

std::uint32_t StrictJsonProtocol::readListEnd() { return readMessageEnd(); }

std::uint32_t StrictJsonProtocol::readSetBegin(TType& element, std::uint32_t& size) {
  return readListBegin(element, size);
}

std::uint32_t StrictJsonProtocol::readSetEnd() { return readMessageEnd(); }

std::uint32_t StrictJsonProtocol::readBool(bool& value) {
  value = integer<std::int16_t>() != 0;
  return reader_.bytes_read();
}

std::uint32_t StrictJsonProtocol::readByte(std::int8_t& value) {
  // Signed or not, as different libraries write it.
  value = static_cast<std::int8_t>(reader_.integer(-128, 255));
  return reader_.bytes_read();
}

std::uint32_t StrictJsonProtocol::readI16(std::int16_t& value) {
  value = integer<std::int16_t>();
  return reader_.bytes_read();
}

std::uint32_t StrictJsonProtocol::readI32(std::int32_t& value) {
  value = integer<std::int32_t>();
  return reader_.bytes_read();
}

std::uint32_t StrictJsonProtocol::readI64(std::int64_t& value) {
  value = integer<std::int64_t>();
  return reader_.bytes_read();
}

std::uint32_t StrictJsonProtocol::readDouble(double& value) {
  value = reader_.real();
  return reader_.bytes_read();
}

std::uint32_t StrictJsonProtocol::readString(std::string& text) {
  reader_.string(text);
  return reader_.bytes_read();
}

std::uint32_t StrictJsonProtocol::readBinary(std::string& bytes) {
  std::string text;
  reader_.string(text);
  for (std::size_t i = 0; i < kMostPadding && text.ends_with('='); ++i) text.pop_back();
  bytes.clear();
  for (std::size_t at = 0; at < text.size(); at += kGroup) {
    const std::string_view letters = std::string_view(text).substr(at, kGroup);
    // One makes no whole byte: such as a plain string has, when it is skipped.
    if (letters.size() > 1) append_decoded(bytes, letters);
  }
  return reader_.bytes_read();
}

template <typename Integer>
Integer StrictJsonProtocol::integer() {
  using Range = std::numeric_limits<Integer>;
  return static_cast<Integer>(reader_.integer(Range::min(), Range::max()));
}

TType StrictJsonProtocol::type_name() {
  std::string name;
  reader_.string(name);
  const auto* const row = std::find_if(kTypeNames.begin(), kTypeNames.end(),
                                       [&](const TypeName& known) { return known.name == name; });
  if (row == kTypeNames.end()) {
    throw TProtocolException(TProtocolException::INVALID_DATA, "a type that there is not");
  }
  return row->type;
}

}  // namespace timeservice::wire
