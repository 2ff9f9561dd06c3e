#include "wire/message_scanner.h"

#include <algorithm>
#include <string>

#include <thrift/protocol/TProtocol.h>

#include "test/support/catch.h"
#include "test/unit/bytes.h"
#include "test/unit/describe.h"
#include "test/unit/random_message.h"
#include "test/unit/scanning.h"

namespace timeservice::wire {
namespace {

using namespace apache::thrift::protocol;
using test::Bytes;
using test::call_with;
using test::complete;
using test::exactly;
using test::kSpoken;
using test::Random;
using test::scan_once;
using test::scanned;

constexpr int kMessages = 1500;

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
