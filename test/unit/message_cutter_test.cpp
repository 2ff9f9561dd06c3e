#include "wire/message_cutter.h"

#include <string>

#include "test/support/catch.h"
#include "test/unit/bytes.h"
#include "test/unit/describe.h"
#include "test/unit/random_message.h"

namespace timeservice::wire {
namespace {

using test::Bytes;
using test::describe;
using test::exactly;
using test::framed;

std::vector<Dialect> dialects() {
  std::vector<Dialect> all;
  for (const Protocol protocol : {Protocol::kBinary, Protocol::kCompact, Protocol::kJson}) {
    for (const Transport transport : {Transport::kBuffered, Transport::kFramed})
      all.push_back({protocol, transport});
  }
  return all;
}

/// As it goes over the connection.
Bytes sent(Dialect dialect, const Bytes& payload) {
  return dialect.transport == Transport::kFramed ? framed(payload) : payload;
}

TEST_CASE("several messages that arrive at once are cut one after another", "[wire]") {
  test::Random random(11);
  for (const Dialect dialect : dialects()) {
    MessageCutter cutter(dialect, {});
    std::vector<Bytes> payloads;
    Bytes stream;
    for (int i = 0; i < 20; ++i) {
      payloads.push_back(random_message(dialect.protocol, random));
      stream = test::joined({stream, sent(dialect, payloads.back())});
    }
    std::size_t at = 0;
    for (const Bytes& payload : payloads) {
      CAPTURE(describe(dialect), at);
      const auto cut = cutter.next(std::span(stream).subspan(at));
      REQUIRE(std::holds_alternative<Message>(cut));
      const auto& message = std::get<Message>(cut);
      CHECK(test::to_hex(message.payload) == test::to_hex(payload));
      CHECK(message.consumed == sent(dialect, payload).size());
      at += message.consumed;
    }
    CHECK(at == stream.size());
    CHECK(describe(cutter.next({})) == "need more");
  }
}

TEST_CASE("a message in many pieces is cut with its last byte", "[wire]") {
  test::Random random(12);
  for (const Dialect dialect : dialects()) {
    MessageCutter cutter(dialect, {});
    for (int i = 0; i < 20; ++i) {
      const Bytes payload = random_message(dialect.protocol, random);
      const Bytes bytes = sent(dialect, payload);
      for (std::size_t size = 0; size < bytes.size(); ++size) {
        const std::string answer = describe(cutter.next(exactly(std::span(bytes).first(size))));
        if (answer != "need more")
          FAIL(describe(dialect) << ", " << size << " of " << bytes.size() << ": " << answer);
      }
      CAPTURE(describe(dialect));
      CHECK(describe(cutter.next(bytes)) == describe(Message{payload, bytes.size()}));
    }
  }
}

TEST_CASE("a message is cut at the size limit and refused one byte above it", "[wire]") {
  test::Random random(13);
  for (const Dialect dialect : dialects()) {
    const Bytes payload = random_message(dialect.protocol, random);
    const Bytes bytes = sent(dialect, payload);
    const auto size = static_cast<std::uint32_t>(payload.size());
    CAPTURE(describe(dialect), size);
    MessageCutter at_limit(dialect, {.message_bytes = size});
    CHECK(describe(at_limit.next(bytes)) == describe(Message{payload, bytes.size()}));
    MessageCutter above_limit(dialect, {.message_bytes = size - 1});
    CHECK(describe(above_limit.next(bytes)) == "message_too_large");
  }
}

TEST_CASE("a frame above the limit is refused by its length alone", "[wire]") {
  MessageCutter cutter({Protocol::kBinary, Transport::kFramed}, {.message_bytes = 1000});
  CHECK(describe(cutter.next(test::big_endian32(1000))) == "need more");
  CHECK(describe(cutter.next(test::big_endian32(1001))) == "message_too_large");
  CHECK(describe(cutter.next(test::big_endian32(0x7fffffff))) == "message_too_large");
  CHECK(describe(cutter.next(test::big_endian32(0x80000000))) == "negative_size");
  CHECK(describe(cutter.next(test::big_endian32(0xffffffff))) == "negative_size");
  CHECK(describe(cutter.next(test::big_endian32(0))) == "malformed");
}

TEST_CASE("a frame and its message end together", "[wire]") {
  test::Random random(14);
  for (const Protocol protocol : {Protocol::kBinary, Protocol::kCompact, Protocol::kJson}) {
    const Bytes payload = random_message(protocol, random);
    CAPTURE(name(protocol));
    MessageCutter cutter({protocol, Transport::kFramed}, {});
    Bytes with_garbage = payload;
    with_garbage.push_back(0);
    CHECK(describe(cutter.next(framed(with_garbage))) == "malformed");
    CHECK(describe(cutter.next(framed(test::joined({payload, payload})))) == "malformed");
    CHECK(describe(cutter.next(framed(exactly(std::span(payload).first(payload.size() - 1))))) ==
          "malformed");
    // Each frame is judged by itself.
    CHECK(describe(cutter.next(framed(payload))) == describe(Message{payload, payload.size() + 4}));

    CHECK(describe(check_message(protocol, {}, payload)) == describe(Message{payload, payload.size()}));
    CHECK(describe(check_message(protocol, {}, with_garbage)) == "malformed");
    CHECK(describe(check_message(protocol, {}, std::span(payload).first(payload.size() - 1))) == "malformed");
  }
}

TEST_CASE("garbage after a whole unframed message leaves the message, and is refused itself", "[wire]") {
  test::Random random(15);
  for (const Protocol protocol : {Protocol::kBinary, Protocol::kCompact, Protocol::kJson}) {
    const Bytes payload = random_message(protocol, random);
    const Bytes bytes = test::joined({payload, test::from_text("garbage!")});
    CAPTURE(name(protocol));
    MessageCutter cutter({protocol, Transport::kBuffered}, {});
    CHECK(describe(cutter.next(bytes)) == describe(Message{payload, payload.size()}));
    CHECK(describe(cutter.next(std::span(bytes).subspan(payload.size()))) == "malformed");
  }
}

}  // namespace
}  // namespace timeservice::wire
