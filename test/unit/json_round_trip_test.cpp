#include <string>

#include <thrift/protocol/TProtocol.h>

#include "test/support/catch.h"
#include "test/unit/bytes.h"
#include "test/unit/json_reading.h"
#include "test/unit/random_message.h"
#include "wire/json_protocol.h"

namespace timeservice::wire {
namespace {

using namespace apache::thrift::protocol;
using test::buffer_of;

/// Reads a value of the type from `in`, and writes it to `out`.
void copy(TType type, TProtocol& in, TProtocol& out);

template <typename Value, typename Written>
void copy_scalar(TProtocol& in, TProtocol& out, std::uint32_t (TProtocol::*read)(Value&),
                 std::uint32_t (TProtocol::*write)(Written)) {
  Value value{};
  (in.*read)(value);
  (out.*write)(value);
}

void copy_struct(TProtocol& in, TProtocol& out) {
  std::string name;
  TType type = T_STOP;
  std::int16_t id = 0;
  in.readStructBegin(name);
  out.writeStructBegin("");
  for (in.readFieldBegin(name, type, id); type != T_STOP; in.readFieldBegin(name, type, id)) {
    out.writeFieldBegin("", type, id);
    copy(type, in, out);
    in.readFieldEnd();
    out.writeFieldEnd();
  }
  in.readStructEnd();
  out.writeFieldStop();
  out.writeStructEnd();
}

void copy_map(TProtocol& in, TProtocol& out) {
  TType key = T_STOP;
  TType value = T_STOP;
  std::uint32_t size = 0;
  in.readMapBegin(key, value, size);
  out.writeMapBegin(key, value, size);
  for (std::uint32_t i = 0; i < size; ++i) {
    copy(key, in, out);
    copy(value, in, out);
  }
  in.readMapEnd();
  out.writeMapEnd();
}

void copy_elements(TType type, TProtocol& in, TProtocol& out) {
  TType element = T_STOP;
  std::uint32_t size = 0;
  type == T_SET ? in.readSetBegin(element, size) : in.readListBegin(element, size);
  type == T_SET ? out.writeSetBegin(element, size) : out.writeListBegin(element, size);
  for (std::uint32_t i = 0; i < size; ++i) copy(element, in, out);
  type == T_SET ? in.readSetEnd() : in.readListEnd();
  type == T_SET ? out.writeSetEnd() : out.writeListEnd();
}

void copy(TType type, TProtocol& in, TProtocol& out) {
  switch (type) {
    case T_BOOL:
      return copy_scalar<bool>(in, out, &TProtocol::readBool, &TProtocol::writeBool);
    case T_BYTE:
      return copy_scalar(in, out, &TProtocol::readByte, &TProtocol::writeByte);
    case T_I16:
      return copy_scalar(in, out, &TProtocol::readI16, &TProtocol::writeI16);
    case T_I32:
      return copy_scalar(in, out, &TProtocol::readI32, &TProtocol::writeI32);
    case T_I64:
      return copy_scalar(in, out, &TProtocol::readI64, &TProtocol::writeI64);
    case T_DOUBLE:
      return copy_scalar(in, out, &TProtocol::readDouble, &TProtocol::writeDouble);
    case T_STRING:
      return copy_scalar(in, out, &TProtocol::readString, &TProtocol::writeString);
    case T_STRUCT:
      return copy_struct(in, out);
    case T_MAP:
      return copy_map(in, out);
    default:
      return copy_elements(type, in, out);
  }
}

TEST_CASE("what Apache's JSON writes is read as what it was, each message to its end", "[wire][json]") {
  for (std::uint64_t seed = 0; seed < 1500; ++seed) {
    test::Random random(seed);
    const test::Bytes one = random_message(Protocol::kJson, random);
    const test::Bytes both = test::joined({one, random_message(Protocol::kJson, random)});
    const auto buffer = buffer_of(std::string(both.begin(), both.end()));
    const auto in = make_protocol(Protocol::kJson, buffer, {});
    const auto copied = [&](TProtocol& out) {
      std::string method;
      TMessageType type = T_CALL;
      std::int32_t seqid = 0;
      in->readMessageBegin(method, type, seqid);
      out.writeMessageBegin(method, type, seqid);
      copy(T_STRUCT, *in, out);
      in->readMessageEnd();
      out.writeMessageEnd();
    };
    CAPTURE(seed);
    const test::Bytes first = test::written_by_apache(Protocol::kJson, copied);
    CHECK(buffer->available_read() == both.size() - one.size());
    CHECK((test::joined({first, test::written_by_apache(Protocol::kJson, copied)}) == both));
    CHECK(buffer->available_read() == 0);
  }
}

}  // namespace
}  // namespace timeservice::wire
