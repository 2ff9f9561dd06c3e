#include "test/unit/random_message.h"

#include <bit>
#include <cmath>
#include <stdexcept>
#include <string>

#include <thrift/TConfiguration.h>
#include <thrift/protocol/TBinaryProtocol.h>
#include <thrift/protocol/TCompactProtocol.h>
#include <thrift/protocol/TJSONProtocol.h>

namespace timeservice::test {
namespace {

using namespace apache::thrift::protocol;

constexpr TType kScalars[] = {T_BOOL, T_BYTE, T_I16, T_I32, T_I64, T_DOUBLE, T_STRING};
constexpr TType kNests[] = {T_STRUCT, T_MAP, T_SET, T_LIST};
constexpr int kDeepest = 5;

/// Writes random values; a value's size shrinks with its depth.
class Writer {
 public:
  Writer(TProtocol& protocol, Random& random, bool any_map_keys)
      : protocol_(protocol), random_(random), any_map_keys_(any_map_keys) {}

  void write(TType type, int depth) {
    switch (type) {
      case T_BOOL:
        protocol_.writeBool(random_.one_in(2));
        return;
      case T_BYTE:
        protocol_.writeByte(static_cast<std::int8_t>(number()));
        return;
      case T_I16:
        protocol_.writeI16(static_cast<std::int16_t>(number()));
        return;
      case T_I32:
        protocol_.writeI32(static_cast<std::int32_t>(number()));
        return;
      case T_I64:
        protocol_.writeI64(static_cast<std::int64_t>(number()));
        return;
      case T_DOUBLE:
        protocol_.writeDouble(real());
        return;
      case T_STRING:
        protocol_.writeString(text());
        return;
      case T_STRUCT:
        write_struct(depth);
        return;
      case T_MAP:
        write_map(depth);
        return;
      case T_SET:
      case T_LIST:
        write_elements(type, depth);
        return;
      default:
        throw std::logic_error("no such type is written");
    }
  }

 private:
  TType any_type(int depth) {
    return depth < kDeepest && random_.one_in(3) ? kNests[random_.below(std::size(kNests))]
                                                 : kScalars[random_.below(std::size(kScalars))];
  }

  std::uint32_t count(int depth) {
    // Now and then more than fifteen: compact writes such a count behind the type.
    if (depth <= 2 && random_.one_in(8)) return static_cast<std::uint32_t>(14 + random_.below(5));
    return static_cast<std::uint32_t>(random_.below(4));
  }

  // Small and large ones alike: their bits are shifted out by a random amount.
  std::uint64_t number() {
    const std::uint64_t bits = random_.next() >> random_.below(64);
    return random_.one_in(2) ? bits : ~bits;
  }

  double real() {
    switch (random_.below(8)) {
      case 0:
        return NAN;
      case 1:
        return random_.one_in(2) ? INFINITY : -INFINITY;
      case 2:
        return 0.0;
      default:
        return std::bit_cast<double>(random_.next());
    }
  }

  std::string text() {
    std::string text;
    const std::uint64_t length = random_.one_in(10) ? 100 + random_.below(100) : random_.below(12);
    while (text.size() < length) {
      // What JSON must escape, or could be taken for structure, is frequent.
      static constexpr std::string_view kSpecial = "\"\\[]{},:\n\x00\x80\xff";
      text += random_.one_in(3) ? kSpecial[random_.below(kSpecial.size())]
                                : static_cast<char>(random_.below(256));
    }
    return text;
  }

  void write_struct(int depth) {
    protocol_.writeStructBegin("any");
    std::int16_t id = static_cast<std::int16_t>(number());
    for (std::uint64_t left = random_.below(depth <= 1 ? 6 : 3); left > 0; --left) {
      const TType type = any_type(depth);
      protocol_.writeFieldBegin("any", type, id);
      write(type, depth + 1);
      protocol_.writeFieldEnd();
      id = static_cast<std::int16_t>(random_.one_in(4) ? static_cast<std::int16_t>(number()) : id + 1);
    }
    protocol_.writeFieldStop();
    protocol_.writeStructEnd();
  }

  void write_map(int depth) {
    const TType key = any_map_keys_ ? any_type(depth) : kScalars[random_.below(std::size(kScalars))];
    const TType value = any_type(depth);
    const std::uint32_t size = count(depth);
    protocol_.writeMapBegin(key, value, size);
    for (std::uint32_t i = 0; i < size; ++i) {
      write(key, depth + 1);
      write(value, depth + 1);
    }
    protocol_.writeMapEnd();
  }

  void write_elements(TType type, int depth) {
    const TType element = any_type(depth);
    const std::uint32_t size = count(depth);
    type == T_SET ? protocol_.writeSetBegin(element, size) : protocol_.writeListBegin(element, size);
    for (std::uint32_t i = 0; i < size; ++i) write(element, depth + 1);
    type == T_SET ? protocol_.writeSetEnd() : protocol_.writeListEnd();
  }

  TProtocol& protocol_;
  Random& random_;
  /// JSON has object keys that are strings only.
  bool any_map_keys_;
};

}  // namespace

// The step of "splitmix": a counter, well stirred.
std::uint64_t Random::next() {
  state_ += 0x9e3779b97f4a7c15u;
  std::uint64_t stirred = state_;
  stirred = (stirred ^ (stirred >> 30)) * 0xbf58476d1ce4e5b9u;
  stirred = (stirred ^ (stirred >> 27)) * 0x94d049bb133111ebu;
  return stirred ^ (stirred >> 31);
}

std::shared_ptr<TProtocol> apache_protocol(wire::Protocol protocol,
                                           std::shared_ptr<apache::thrift::transport::TMemoryBuffer> buffer) {
  switch (protocol) {
    case wire::Protocol::kBinary:
      return std::make_shared<TBinaryProtocol>(buffer);
    case wire::Protocol::kCompact:
      return std::make_shared<TCompactProtocol>(buffer);
    case wire::Protocol::kJson:
      return std::make_shared<TJSONProtocol>(buffer);
    case wire::Protocol::kAuto:
      break;
  }
  throw std::logic_error("no protocol of that name");
}

Bytes random_message(wire::Protocol protocol, Random& random) {
  return written_by_apache(protocol, [&](TProtocol& out) {
    const auto type = static_cast<TMessageType>(1 + random.below(4));
    const auto seqid = static_cast<std::int32_t>(random.next() >> random.below(64));
    out.writeMessageBegin(std::string(random.below(20), 'm'), type, seqid);
    Writer(out, random, protocol != wire::Protocol::kJson).write(T_STRUCT, 0);
    out.writeMessageEnd();
  });
}

}  // namespace timeservice::test
