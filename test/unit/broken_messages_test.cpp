// However a message is broken, the scanner finds what Apache's protocols find, or refuses it.
#include <algorithm>
#include <string>

#include <thrift/TConfiguration.h>
#include <thrift/protocol/TProtocol.h>
#include <thrift/transport/TBufferTransports.h>

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
using test::exactly;
using test::from_hex;
using test::from_text;
using test::kSpoken;
using test::Random;
using test::scan_once;
using test::scanned;

constexpr int kMessages = 1500;

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

}  // namespace
}  // namespace timeservice::wire
