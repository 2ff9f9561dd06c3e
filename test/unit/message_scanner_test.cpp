#include "wire/message_scanner.h"

#include <algorithm>
#include <functional>
#include <string>

#include <thrift/TConfiguration.h>
#include <thrift/protocol/TProtocol.h>
#include <thrift/transport/TBufferTransports.h>

#include "test/support/catch.h"
#include "test/unit/bytes.h"
#include "test/unit/describe.h"
#include "test/unit/random_message.h"

namespace timeservice::wire {
namespace {

using namespace apache::thrift::protocol;
using test::Bytes;
using test::exactly;
using test::from_hex;
using test::from_text;
using test::Random;
using test::scanned;

constexpr Protocol kSpoken[] = {Protocol::kBinary, Protocol::kCompact, Protocol::kJson};
constexpr int kMessages = 1500;

std::string scan_once(Protocol protocol, const Limits& limits, const Bytes& bytes) {
  MessageScanner scanner(protocol, limits);
  return scanned(scanner, bytes);
}

std::string complete(const Bytes& message) { return fmt::format("complete {}", message.size()); }

/// The answer when the bytes arrive in random pieces, each time in another buffer.
std::string scan_in_pieces(Protocol protocol, const Bytes& bytes, Random& random) {
  MessageScanner scanner(protocol, {});
  std::size_t size = 0;
  for (;;) {
    size = std::min(bytes.size(), size + 1 + random.below(9));
    const std::string answer = scanned(scanner, exactly(std::span(bytes).first(size)));
    if (answer != "need more" || size == bytes.size()) return answer;
  }
}

// --- Well-formed messages -------------------------------------------------------

TEST_CASE("what Apache's protocols write is scanned to its end exactly", "[wire][scanner]") {
  for (const Protocol protocol : kSpoken) {
    for (std::uint64_t seed = 0; seed < kMessages; ++seed) {
      Random random(seed);
      const Bytes message = random_message(protocol, random);
      Bytes two = message;
      const Bytes next = random_message(protocol, random);
      two.insert(two.end(), next.begin(), next.end());
      const std::string alone = scan_once(protocol, {}, exactly(message));
      const std::string followed = scan_once(protocol, {}, exactly(two));
      if (alone != complete(message) || followed != complete(message)) {
        FAIL(name(protocol) << ", seed " << seed << ", " << message.size() << " bytes: " << alone
                            << ", followed: " << followed << "\n"
                            << test::to_hex(message));
      }
    }
  }
}

TEST_CASE("a message cut anywhere is asked for and then scanned on to its end", "[wire][scanner]") {
  for (const Protocol protocol : kSpoken) {
    for (std::uint64_t seed = 0; seed < kMessages; ++seed) {
      Random random(seed);
      const Bytes message = random_message(protocol, random);
      if (message.size() > 600) continue;
      for (std::size_t cut = 0; cut < message.size(); ++cut) {
        MessageScanner scanner(protocol, {});
        const std::string first = scanned(scanner, exactly(std::span(message).first(cut)));
        const std::string then = scanned(scanner, message);
        if (first != "need more" || then != complete(message)) {
          FAIL(name(protocol) << ", seed " << seed << ", cut at " << cut << ": " << first << ", then " << then
                              << "\n"
                              << test::to_hex(message));
        }
      }
    }
  }
}

TEST_CASE("a message that arrives byte by byte is complete with its last byte", "[wire][scanner]") {
  for (const Protocol protocol : kSpoken) {
    MessageScanner scanner(protocol, {});
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
      Random random(seed);
      const Bytes message = random_message(protocol, random);
      for (std::size_t size = 0; size <= message.size(); ++size) {
        const std::string answer = scanned(scanner, exactly(std::span(message).first(size)));
        if (answer != (size < message.size() ? "need more" : complete(message))) {
          FAIL(name(protocol) << ", seed " << seed << ", " << size << " of " << message.size()
                              << " bytes: " << answer);
        }
      }
      scanner.reset();
    }
  }
}

TEST_CASE("after reset nothing of the last message is left, wherever it was cut", "[wire][scanner]") {
  for (const Protocol protocol : kSpoken) {
    MessageScanner scanner(protocol, {});
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
      Random random(seed);
      const Bytes abandoned = random_message(protocol, random);
      const Bytes message = random_message(protocol, random);
      scanner.scan(std::span(abandoned).first(random.below(abandoned.size())));
      scanner.reset();
      CAPTURE(name(protocol), seed);
      CHECK(scanned(scanner, message) == complete(message));
      scanner.reset();
    }
  }
}

// --- Broken messages ------------------------------------------------------------

Bytes mutated(Bytes bytes, Random& random) {
  for (std::uint64_t changes = 1 + random.below(3); changes > 0 && !bytes.empty(); --changes) {
    const auto at = static_cast<std::ptrdiff_t>(random.below(bytes.size()));
    const auto index = static_cast<std::size_t>(at);
    switch (random.below(5)) {
      case 0:
        bytes[index] = static_cast<std::uint8_t>(bytes[index] ^ (1u << random.below(8)));
        break;
      case 1:
        bytes[index] = static_cast<std::uint8_t>(random.next());
        break;
      case 2:
        bytes.resize(index);
        break;
      case 3:
        bytes.insert(bytes.begin() + at, static_cast<std::uint8_t>(random.next()));
        break;
      default:
        bytes.erase(bytes.begin() + at);
        break;
    }
  }
  return exactly(bytes);
}

/// How many bytes Apache's protocol reads for one message; 0 if it will not have it.
std::size_t read_by_apache(Protocol protocol, const Bytes& bytes) {
  using apache::thrift::transport::TMemoryBuffer;
  constexpr int kRecursion = 500;
  const auto configuration = std::make_shared<apache::thrift::TConfiguration>(1 << 30, 1 << 30, kRecursion);
  const auto buffer = std::make_shared<TMemoryBuffer>(const_cast<std::uint8_t*>(bytes.data()),
                                                      static_cast<std::uint32_t>(bytes.size()),
                                                      TMemoryBuffer::OBSERVE, configuration);
  const auto in = test::apache_protocol(protocol, buffer);
  try {
    std::string method;
    TMessageType type = T_CALL;
    std::int32_t seqid = 0;
    in->readMessageBegin(method, type, seqid);
    in->skip(T_STRUCT);
    in->readMessageEnd();
  } catch (const apache::thrift::TException&) {
    return 0;
  }
  return bytes.size() - buffer->available_read();
}

TEST_CASE("a broken message never misleads the scanner about where it ends", "[wire][scanner]") {
  for (const Protocol protocol : kSpoken) {
    int compared = 0;
    int refused = 0;
    for (std::uint64_t seed = 0; seed < 6 * kMessages; ++seed) {
      Random random(seed);
      const Bytes bytes = mutated(random_message(protocol, random), random);
      MessageScanner scanner(protocol, {});
      const auto state = scanner.scan(bytes);
      const std::string answer = scan_once(protocol, {}, bytes);
      const std::string in_pieces = scan_in_pieces(protocol, bytes, random);
      if (in_pieces != answer) {
        FAIL(name(protocol) << ", seed " << seed << ": " << answer << ", but in pieces " << in_pieces << "\n"
                            << test::to_hex(bytes));
      }
      if (state != MessageScanner::State::kComplete) {
        ++refused;
        continue;
      }
      if (scanner.length() > bytes.size()) {
        FAIL(name(protocol) << ", seed " << seed << ": complete beyond the " << bytes.size()
                            << " bytes given");
      }
      // Apache's JSON looks a byte ahead and fills in what is left out: no referee.
      const std::size_t read = protocol == Protocol::kJson ? 0 : read_by_apache(protocol, bytes);
      if (read == 0) continue;
      ++compared;
      if (read != scanner.length()) {
        FAIL(name(protocol) << ", seed " << seed << ": scanned " << scanner.length() << ", read " << read
                            << "\n"
                            << test::to_hex(bytes));
      }
    }
    CAPTURE(name(protocol), compared, refused);
    CHECK(refused > kMessages / 2);
    CHECK((protocol == Protocol::kJson || compared > kMessages / 2));
  }
}

TEST_CASE("noise behind a message's first bytes is never read past its end", "[wire][scanner]") {
  const Bytes heads[] = {from_hex("80 01 00 01 00 00 00 01 6d 00 00 00 00"), from_hex("82 21 00 01 6d"),
                         from_text("[1,\"m\",1,0,{")};
  for (std::size_t i = 0; i < std::size(kSpoken); ++i) {
    for (std::uint64_t seed = 0; seed < 20000; ++seed) {
      Random random(seed);
      Bytes bytes = heads[i];
      for (std::uint64_t left = random.below(40); left > 0; --left) {
        bytes.push_back(static_cast<std::uint8_t>(random.one_in(2) ? random.below(17) : random.next()));
      }
      MessageScanner scanner(kSpoken[i], {});
      if (scanner.scan(exactly(bytes)) == MessageScanner::State::kComplete &&
          scanner.length() > bytes.size()) {
        FAIL(name(kSpoken[i]) << ", seed " << seed << ": complete beyond its end");
      }
    }
  }
}

// --- Limits ---------------------------------------------------------------------

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

/// A call whose struct has one field, which `write` writes.
Bytes call_with(Protocol protocol, TType type, const std::function<void(TProtocol&)>& write,
                const std::string& method = "m") {
  return test::written_by_apache(protocol, [&](TProtocol& out) {
    out.writeMessageBegin(method, T_CALL, 1);
    out.writeStructBegin("");
    out.writeFieldBegin("", type, 1);
    write(out);
    out.writeFieldEnd();
    out.writeFieldStop();
    out.writeStructEnd();
    out.writeMessageEnd();
  });
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

// --- What no message may say ----------------------------------------------------

constexpr auto kBinaryHead = "80 01 00 01 00 00 00 01 6d 00 00 00 01 ";
constexpr auto kCompactHead = "82 21 01 01 6d ";

TEST_CASE("sizes and types that cannot be are refused as soon as they are read", "[wire][scanner]") {
  const struct {
    std::string what;
    Protocol protocol;
    std::string hex;
    std::string answer;
  } rows[] = {
      {"a method's name of negative size", Protocol::kBinary, "80 01 00 01 ff ff ff ff", "negative_size"},
      {"another version", Protocol::kBinary, "80 02 00 01 00 00 00 00", "malformed"},
      {"no version", Protocol::kBinary, "00 00 00 01 6d 01 00 00", "malformed"},
      {"a string of negative size", Protocol::kBinary, std::string(kBinaryHead) + "0b 00 01 80 00 00 00",
       "negative_size"},
      {"a list of negative size", Protocol::kBinary, std::string(kBinaryHead) + "0f 00 01 08 ff ff ff ff",
       "negative_size"},
      {"a set of negative size", Protocol::kBinary, std::string(kBinaryHead) + "0e 00 01 08 80 00 00 00",
       "negative_size"},
      {"a map of negative size", Protocol::kBinary, std::string(kBinaryHead) + "0d 00 01 08 08 ff ff ff ff",
       "negative_size"},
      {"a string of 2 GiB", Protocol::kBinary, std::string(kBinaryHead) + "0b 00 01 7f ff ff ff",
       "string_too_large"},
      {"a list of 2^31 - 1", Protocol::kBinary, std::string(kBinaryHead) + "0f 00 01 08 7f ff ff ff",
       "container_too_large"},
      {"a list of more than fits into a message", Protocol::kBinary,
       std::string(kBinaryHead) + "0f 00 01 0a 00 04 00 00", "message_too_large"},
      {"a map of more than fits into a message", Protocol::kBinary,
       std::string(kBinaryHead) + "0d 00 01 0b 0b 00 04 00 00", "message_too_large"},
      {"a field of type 1", Protocol::kBinary, std::string(kBinaryHead) + "01 00 01", "malformed"},
      {"a field of type 5", Protocol::kBinary, std::string(kBinaryHead) + "05 00 01", "malformed"},
      {"a field of type 16", Protocol::kBinary, std::string(kBinaryHead) + "10 00 01", "malformed"},
      {"a list of type 7", Protocol::kBinary, std::string(kBinaryHead) + "0f 00 01 07 00 00 00 01",
       "malformed"},
      {"a map with keys of no type", Protocol::kBinary,
       std::string(kBinaryHead) + "0d 00 01 00 08 00 00 00 01", "malformed"},
      {"a map with values of no type", Protocol::kBinary,
       std::string(kBinaryHead) + "0d 00 01 08 00 00 00 00 01", "malformed"},
      {"an empty list of no type", Protocol::kBinary, std::string(kBinaryHead) + "0f 00 01 00 00 00 00 00 00",
       "complete 22"},
      {"an empty map of no types", Protocol::kBinary,
       std::string(kBinaryHead) + "0d 00 01 00 00 00 00 00 00 00", "complete 23"},
      {"another protocol", Protocol::kCompact, "81 21 01 01", "malformed"},
      {"another version", Protocol::kCompact, "82 22 01 01", "malformed"},
      {"a seqid that does not end", Protocol::kCompact, "82 21 ff ff ff ff ff ff ff ff ff ff 00",
       "malformed"},
      {"a seqid that has not ended", Protocol::kCompact, "82 21 ff ff ff ff ff ff ff ff ff", "need more"},
      {"a method's name of negative size", Protocol::kCompact, "82 21 01 ff ff ff ff 0f", "negative_size"},
      {"a string of negative size", Protocol::kCompact, std::string(kCompactHead) + "18 80 80 80 80 08",
       "negative_size"},
      {"a string of 2^63 bytes", Protocol::kCompact,
       std::string(kCompactHead) + "18 80 80 80 80 80 80 80 80 80 01", "negative_size"},
      {"a string of 2 GiB", Protocol::kCompact, std::string(kCompactHead) + "18 ff ff ff ff 07",
       "string_too_large"},
      {"a string whose size does not end", Protocol::kCompact,
       std::string(kCompactHead) + "18 80 80 80 80 80 80 80 80 80 80", "malformed"},
      {"a number that does not end", Protocol::kCompact,
       std::string(kCompactHead) + "16 80 80 80 80 80 80 80 80 80 80", "malformed"},
      {"a number of ten bytes", Protocol::kCompact,
       std::string(kCompactHead) + "16 80 80 80 80 80 80 80 80 80 01 00", "complete 17"},
      {"a field's id that does not end", Protocol::kCompact,
       std::string(kCompactHead) + "06 80 80 80 80 80 80 80 80 80 80", "malformed"},
      {"a list of negative size", Protocol::kCompact, std::string(kCompactHead) + "19 f5 ff ff ff ff 0f",
       "negative_size"},
      {"a map of negative size", Protocol::kCompact, std::string(kCompactHead) + "1b 80 80 80 80 08 55",
       "negative_size"},
      {"a list of 2^31 - 1", Protocol::kCompact, std::string(kCompactHead) + "19 f5 ff ff ff ff 07",
       "container_too_large"},
      {"a list of doubles, more than fit", Protocol::kCompact, std::string(kCompactHead) + "19 f7 80 80 10",
       "message_too_large"},
      {"a field of type 13", Protocol::kCompact, std::string(kCompactHead) + "1d 00", "malformed"},
      {"a field of type 15", Protocol::kCompact, std::string(kCompactHead) + "1f 00", "malformed"},
      {"a list of no type", Protocol::kCompact, std::string(kCompactHead) + "19 10", "malformed"},
      {"a set of type 14", Protocol::kCompact, std::string(kCompactHead) + "1a 1e", "malformed"},
      {"a map with keys of no type", Protocol::kCompact, std::string(kCompactHead) + "1b 01 05", "malformed"},
      {"a map with values of no type", Protocol::kCompact, std::string(kCompactHead) + "1b 01 50",
       "malformed"},
      {"an empty map", Protocol::kCompact, std::string(kCompactHead) + "1b 00 00", "complete 8"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.what, row.hex);
    const Bytes bytes = from_hex(row.hex);
    CHECK(scan_once(row.protocol, {}, bytes) == row.answer);
    // Only the last byte given may have told; till then there was nothing wrong.
    if (row.answer.find("complete") == 0) {
      CHECK(scan_once(row.protocol, {}, exactly(std::span(bytes).first(bytes.size() - 1))) == "need more");
    }
  }
}

TEST_CASE("JSON that is no single array is refused", "[wire][scanner]") {
  const struct {
    std::string text;
    std::string answer;
  } rows[] = {
      {"", "need more"},
      {"[", "need more"},
      {"[]", "complete 2"},
      {"[1,\"]\",{\"a\":[2]}]", "complete 17"},
      {"[\"\\\"]\"]", "complete 7"},
      {"[\"\\\\\"]", "complete 6"},
      {"[\"\\\\\\\"]", "need more"},
      {"[1] [2]", "complete 3"},
      {" [1]", "malformed"},
      {"\"a\"", "malformed"},
      {"1", "malformed"},
      {"]", "malformed"},
      {"[}", "malformed"},
      {"[{]", "malformed"},
      {"[x", "malformed"},
      {"[\x01", "malformed"},
      {"[\xff", "malformed"},
      {"[tru", "malformed"},
      {"[1,,2]", "malformed"},
      {"[1,]", "malformed"},
      {"[,1]", "malformed"},
      {"{\"a\":}", "malformed"},
      {"[{\"a\": }]", "malformed"},
      {"[{\"a\":,\"b\":1}]", "malformed"},
      {"[{:1}]", "malformed"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    CHECK(scan_once(Protocol::kJson, {}, from_text(row.text)) == row.answer);
  }
}

TEST_CASE("no scanner knows a protocol called auto", "[wire][scanner]") {
  CHECK(scan_once(Protocol::kAuto, {}, from_hex("80 01")) == "unknown_protocol");
}

// --- Work -----------------------------------------------------------------------

/// A message of nearly a mebibyte that has many small parts.
Bytes large_message(Protocol protocol) {
  return call_with(protocol, T_LIST, [](TProtocol& out) {
    constexpr std::uint32_t kElements = 20000;
    out.writeListBegin(T_STRUCT, kElements);
    for (std::uint32_t i = 0; i < kElements; ++i) {
      out.writeStructBegin("");
      out.writeFieldBegin("", T_STRING, 1);
      out.writeString("about thirty letters of a text");
      out.writeFieldEnd();
      out.writeFieldStop();
      out.writeStructEnd();
    }
    out.writeListEnd();
  });
}

/// Scans it in pieces, and wipes what was given longer ago than any single item is
/// long: a scanner that looks at old bytes again, and so does more than linear
/// work, finds nonsense there.
void scan_wiping(Protocol protocol, std::size_t piece) {
  constexpr std::size_t kLongestItem = 16;
  const Bytes message = large_message(protocol);
  REQUIRE(message.size() > 500'000);
  REQUIRE(message.size() < Limits{}.message_bytes);
  MessageScanner scanner(protocol, {});
  Bytes arrived = message;
  std::size_t wiped = 0;
  std::size_t scans = 0;
  for (std::size_t size = 0; size < message.size();) {
    size = std::min(message.size(), size + piece);
    const std::string answer = scanned(scanner, std::span(arrived).first(size));
    ++scans;
    if (answer != (size < message.size() ? "need more" : complete(message))) {
      FAIL(name(protocol) << ", " << size << " bytes: " << answer);
    }
    for (; wiped + kLongestItem < size; ++wiped) arrived[wiped] = 0xff;
  }
  CHECK(scans == (message.size() + piece - 1) / piece);
}

TEST_CASE("no byte is looked at again, however a large message is cut", "[wire][scanner]") {
  for (const Protocol protocol : kSpoken) {
    scan_wiping(protocol, 1);
    scan_wiping(protocol, 1000);
  }
}

}  // namespace
}  // namespace timeservice::wire
