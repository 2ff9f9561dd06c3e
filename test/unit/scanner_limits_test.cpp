// Each limit passes what is at it, and refuses what is above it by one.
#include <functional>
#include <string>

#include <thrift/protocol/TProtocol.h>

#include "test/support/catch.h"
#include "test/unit/bytes.h"
#include "test/unit/describe.h"
#include "test/unit/random_message.h"
#include "test/unit/scanning.h"
#include "wire/message_scanner.h"

namespace timeservice::wire {
namespace {

using namespace apache::thrift::protocol;
using test::Bytes;
using test::call_with;
using test::complete;
using test::from_text;
using test::kSpoken;
using test::Random;
using test::scan_once;

TEST_CASE("a message passes at the size limit and is too large one byte above it", "[wire][scanner]") {
  for (const Protocol protocol : kSpoken) {
    for (std::uint64_t seed = 0; seed < 400; ++seed) {
      Random random(seed);
      const Bytes message = random_message(protocol, random);
      const auto size = static_cast<std::uint32_t>(message.size());
      CAPTURE(name(protocol), seed, size);
      CHECK(scan_once(protocol, {.message_bytes = size}, message) == complete(message));
      CHECK(scan_once(protocol, {.message_bytes = size - 1}, message) == "message_too_large");
    }
  }
}

TEST_CASE("a limit anywhere inside a message refuses it and never cuts it short", "[wire][scanner]") {
  for (const Protocol protocol : kSpoken) {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
      Random random(seed);
      const Bytes message = random_message(protocol, random);
      for (std::uint32_t limit = 1; limit < message.size(); ++limit) {
        const std::string answer = scan_once(protocol, {.message_bytes = limit}, message);
        if (answer != "message_too_large") {
          FAIL(name(protocol) << ", seed " << seed << ", limit " << limit << " of " << message.size() << ": "
                              << answer << "\n"
                              << test::to_hex(message));
        }
      }
    }
  }
}

Bytes call_with_string(Protocol protocol, std::size_t length) {
  return call_with(protocol, T_STRING, [&](TProtocol& out) { out.writeString(std::string(length, 's')); });
}

TEST_CASE("a string passes at its limit and is too large one byte above it", "[wire][scanner]") {
  for (const Protocol protocol : kSpoken) {
    CAPTURE(name(protocol));
    const Limits limits = {.string_bytes = 200};
    const Bytes message = call_with_string(protocol, 200);
    CHECK(scan_once(protocol, limits, message) == complete(message));
    CHECK(scan_once(protocol, limits, call_with_string(protocol, 201)) == "string_too_large");
  }
}

TEST_CASE("a method's name is a string like any other", "[wire][scanner]") {
  for (const Protocol protocol : kSpoken) {
    CAPTURE(name(protocol));
    const auto call = [&](std::size_t length) {
      return call_with(
          protocol, T_BOOL, [](TProtocol& out) { out.writeBool(true); }, std::string(length, 'n'));
    };
    CHECK(scan_once(protocol, {.string_bytes = 30}, call(30)) == complete(call(30)));
    CHECK(scan_once(protocol, {.string_bytes = 30}, call(31)) == "string_too_large");
  }
}

Bytes call_with_elements(Protocol protocol, TType container, TType element, std::uint32_t count) {
  return call_with(protocol, container, [&](TProtocol& out) {
    const auto write = [&] { element == T_I32 ? out.writeI32(1) : out.writeString("s"); };
    if (container == T_MAP) out.writeMapBegin(element, element, count);
    if (container == T_LIST) out.writeListBegin(element, count);
    if (container == T_SET) out.writeSetBegin(element, count);
    for (std::uint32_t i = 0; i < count; ++i) {
      write();
      if (container == T_MAP) write();
    }
    if (container == T_MAP) out.writeMapEnd();
    if (container == T_LIST) out.writeListEnd();
    if (container == T_SET) out.writeSetEnd();
  });
}

TEST_CASE("a container passes at its limit and is too large one element above it", "[wire][scanner]") {
  for (const Protocol protocol : {Protocol::kBinary, Protocol::kCompact}) {
    for (const TType container : {T_LIST, T_SET, T_MAP}) {
      for (const TType element : {T_I32, T_STRING}) {
        for (const std::uint32_t limit : {3u, 100u}) {
          CAPTURE(name(protocol), int{container}, int{element}, limit);
          const Limits limits = {.container_elements = limit};
          const Bytes message = call_with_elements(protocol, container, element, limit);
          CHECK(scan_once(protocol, limits, message) == complete(message));
          CHECK(scan_once(protocol, limits, call_with_elements(protocol, container, element, limit + 1)) ==
                "container_too_large");
        }
      }
    }
  }
}

/// A call whose arguments hold `depth` levels, themselves included.
Bytes call_nested(Protocol protocol, TType type, std::uint32_t depth) {
  const std::function<void(TProtocol&, std::uint32_t)> nest = [&](TProtocol& out, std::uint32_t left) {
    const std::uint32_t inner = left > 1 ? 1 : 0;
    if (type == T_LIST) out.writeListBegin(T_LIST, inner);
    if (type == T_MAP) out.writeMapBegin(T_I32, T_MAP, inner);
    if (type == T_STRUCT) {
      out.writeStructBegin("");
      if (inner > 0) out.writeFieldBegin("", T_STRUCT, 1);
    }
    if (type == T_MAP && inner > 0) out.writeI32(1);
    if (inner > 0) nest(out, left - 1);
    if (type == T_LIST) out.writeListEnd();
    if (type == T_MAP) out.writeMapEnd();
    if (type == T_STRUCT) {
      if (inner > 0) out.writeFieldEnd();
      out.writeFieldStop();
      out.writeStructEnd();
    }
  };
  return call_with(protocol, type, [&](TProtocol& out) { nest(out, depth - 1); });
}

TEST_CASE("nesting passes at its limit and is too deep one level below it", "[wire][scanner]") {
  const Limits limits = {.nesting = 20};
  for (const Protocol protocol : {Protocol::kBinary, Protocol::kCompact}) {
    for (const TType type : {T_STRUCT, T_LIST, T_MAP}) {
      CAPTURE(name(protocol), int{type});
      const Bytes message = call_nested(protocol, type, 20);
      CHECK(scan_once(protocol, limits, message) == complete(message));
      CHECK(scan_once(protocol, limits, call_nested(protocol, type, 21)) == "nested_too_deep");
    }
  }
}

TEST_CASE("JSON may nest as deep as the other protocols, and not without end", "[wire][scanner]") {
  const Limits limits = {.nesting = 20};
  for (const TType type : {T_STRUCT, T_LIST, T_MAP}) {
    CAPTURE(int{type});
    const Bytes message = call_nested(Protocol::kJson, type, 20);
    CHECK(scan_once(Protocol::kJson, limits, message) == complete(message));
    CHECK(scan_once(Protocol::kJson, limits, call_nested(Protocol::kJson, type, 100)) == "nested_too_deep");
  }
  // Each bracket counts: the stack of what is open is not the sender's to grow.
  CHECK(scan_once(Protocol::kJson, limits, from_text(std::string(80, '['))) == "need more");
  CHECK(scan_once(Protocol::kJson, limits, from_text(std::string(81, '['))) == "nested_too_deep");
}

}  // namespace
}  // namespace timeservice::wire
