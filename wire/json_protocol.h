#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <thrift/protocol/TJSONProtocol.h>
#include <thrift/transport/TBufferTransports.h>

#include "wire/json_reader.h"
#include "wire/limited_protocol.h"

namespace timeservice::wire {

/// Thrift's JSON protocol, which writes as Thrift does and reads by a reader of our
/// own: Thrift's class (0.17) reads a number without digits as whatever its stack
/// held and one that is too large as another, ends the process over base64 of nothing
/// but padding and over a byte above 255, loses NULs in strings, and refuses negative
/// field ids and some escapes. None of that can be mended from outside: it keeps where
/// it is, and the byte that it looks ahead, to itself.
class StrictJsonProtocol
    : public apache::thrift::protocol::TVirtualProtocol<StrictJsonProtocol,
                                                        apache::thrift::protocol::TJSONProtocol> {
 public:
  using TType = apache::thrift::protocol::TType;
  using TMessageType = apache::thrift::protocol::TMessageType;

  /// `string_bytes` is the longest string that is read, as written.
  StrictJsonProtocol(const std::shared_ptr<apache::thrift::transport::TBufferBase>& transport,
                     std::uint32_t string_bytes)
      : TVirtualProtocol(transport), reader_(*transport, string_bytes) {}

  std::uint32_t readMessageBegin(std::string& name, TMessageType& type, std::int32_t& seqid);
  std::uint32_t readMessageEnd();
  std::uint32_t readStructBegin(std::string& name);
  std::uint32_t readStructEnd();
  std::uint32_t readFieldBegin(std::string& name, TType& type, std::int16_t& id);
  std::uint32_t readFieldEnd();
  std::uint32_t readMapBegin(TType& key, TType& value, std::uint32_t& size);
  std::uint32_t readMapEnd();
  std::uint32_t readListBegin(TType& element, std::uint32_t& size);
  std::uint32_t readListEnd();
  std::uint32_t readSetBegin(TType& element, std::uint32_t& size);
  std::uint32_t readSetEnd();
  std::uint32_t readBool(bool& value);
  using TVirtualProtocol::readBool;  // that of a vector's bits
  std::uint32_t readByte(std::int8_t& value);
  std::uint32_t readI16(std::int16_t& value);
  std::uint32_t readI32(std::int32_t& value);
  std::uint32_t readI64(std::int64_t& value);
  std::uint32_t readDouble(double& value);
  std::uint32_t readString(std::string& text);
  std::uint32_t readBinary(std::string& bytes);

 private:
  template <typename Integer>
  Integer integer();
  TType type_name();

  JsonReader reader_;
};

using JsonProtocol = LimitedProtocol<StrictJsonProtocol>;

}  // namespace timeservice::wire
