#include "wire/detect.h"

#include <string>

#include "test/support/catch.h"
#include "test/unit/bytes.h"
#include "test/unit/describe.h"
#include "test/unit/random_message.h"

namespace timeservice::wire {
namespace {

using test::Bytes;
using test::describe;
using test::from_hex;
using test::from_text;

struct Beginning {
  std::string what;
  Bytes bytes;
  /// With so many of them it is told; with fewer, more are asked for.
  std::size_t told_at;
  std::string answer;
};

std::vector<Beginning> beginnings() {
  std::vector<Beginning> rows = {
      {"binary call", from_hex("80 01 00 01 00 00 00 04"), 2, "binary buffered"},
      {"binary oneway", from_hex("80 01 00 04 00 00 00 04"), 2, "binary buffered"},
      {"compact call", from_hex("82 21 00 04 65 63 68 6f"), 2, "compact buffered"},
      {"compact oneway", from_hex("82 81 00 04 65 63 68 6f"), 2, "compact buffered"},
      {"JSON call", from_text("[1,\"echo\",1,0,{}]"), 2, "json buffered"},
      {"binary in a frame", from_hex("00 00 00 20 80 01 00 01 00"), 6, "binary framed"},
      {"compact in a frame", from_hex("00 00 00 20 82 21 00 04 65"), 6, "compact framed"},
      {"JSON in a frame", from_hex("00 00 00 20 5b 31 2c 22 65"), 6, "json framed"},
      {"the smallest frame that can be one", from_hex("00 00 00 02 82 21"), 6, "compact framed"},
      {"a frame of the largest size", from_hex("10 00 00 00 80 01 00 01"), 6, "binary framed"},
      {"a frame of one byte more", from_hex("10 00 00 01 80 01 00 01"), 4, "message_too_large"},
      {"a frame of 2 GiB", from_hex("7f ff ff ff 80 01 00 01"), 4, "message_too_large"},
      {"a negative frame", from_hex("ff ff ff ff 80 01 00 01"), 4, "negative_size"},
      {"the least negative frame that no mark hides", from_hex("81 00 00 00 80 01"), 4, "negative_size"},
      {"a frame of letters and a NUL", from_hex("53 53 48 00 80 01 00 01"), 4, "message_too_large"},
      {"a frame whose length has a letter that is not ASCII", from_hex("53 c3 a4 48 80 01"), 4,
       "message_too_large"},
      {"a frame whose length looks like an ended line", from_hex("0d 0a 0d 0a 80 01 00 01"), 6,
       "binary framed"},
      {"an empty frame", from_hex("00 00 00 00 80 01 00 01"), 4, "malformed"},
      {"a frame of one byte", from_hex("00 00 00 01 80 01 00 01"), 4, "malformed"},
      {"binary of no known version", from_hex("80 02 00 01 00 00 00 04"), 2, "malformed"},
      {"compact of no known version", from_hex("82 22 00 04 65 63 68 6f"), 2, "malformed"},
      {"TLS 1.0 record", from_hex("16 03 01 02 00 01 00 01"), 2, "tls"},
      {"TLS 1.2 record", from_hex("16 03 03 02 00 01 00 01"), 2, "tls"},
      {"header protocol in a frame", from_hex("00 00 00 40 0f ff 00 00 00"), 6, "header_protocol"},
      {"binary without its version", from_hex("00 00 00 08 67 65 74 5f 74"), 6, "old_binary"},
      {"the same with a capital", from_hex("00 00 00 08 47 65 74 5f 74"), 6, "old_binary"},
      {"the same in a frame", from_hex("00 00 00 20 00 00 00 08 67 65"), 6, "old_binary"},
      {"letters in a frame too long for a name", from_hex("00 00 10 00 68 65 6c 6c"), 6, "unknown_protocol"},
      {"garbage in a frame", from_hex("00 00 00 20 de ad be ef 00"), 6, "unknown_protocol"},
      {"binary of no known version in a frame", from_hex("00 00 00 20 80 02 00 01"), 6, "unknown_protocol"},
  };
  for (const auto* line :
       {"GET / HTTP/1.1\r\n", "POST / HTTP/1.1\r\n", "HEAD / HTTP/1.1\r\n", "PUT /a HTTP/1.1",
        "DELETE /a HTTP/1.1", "OPTIONS * HTTP/1.1", "CONNECT a:80 HTTP/1.1", "PATCH /a HTTP/1.1",
        "TRACE / HTTP/1.1", "PRI * HTTP/2.0\r\n"}) {
    rows.push_back({line, from_text(line), 4, "http"});
  }
  for (const auto* line :
       {"SSH-2.0-OpenSSH_9.2\r\n", "HELO example.org\r\n", "EHLO example.org", "hi\r\nthere", "{\"a\": 1}",
        "*1\r\n$4\r\nPING", "~~~~~", "    text", "USER me", "#!/bin/sh"}) {
    rows.push_back({line, from_text(line), 4, "unknown_protocol"});
  }
  // Could be a frame's length, so that what follows tells.
  for (const auto* line : {"\r\n\r\nhello", "\n\n\n\nhello", "\r\nHELO there"}) {
    rows.push_back({line, from_text(line), 6, "unknown_protocol"});
  }
  return rows;
}

TEST_CASE("the first bytes tell what a client speaks, as soon as they can and never otherwise", "[wire]") {
  for (const Beginning& row : beginnings()) {
    for (std::size_t size = 0; size <= row.bytes.size(); ++size) {
      CAPTURE(row.what, size);
      const Bytes prefix = test::exactly(std::span(row.bytes).first(size));
      CHECK(describe(detect(prefix)) == (size < row.told_at ? "need more" : row.answer));
    }
  }
}

TEST_CASE("what real messages begin with is told right, framed and not", "[wire]") {
  test::Random random(3);
  for (const ProtocolRow& row : kProtocols) {
    if (row.protocol == Protocol::kAuto) continue;
    for (int i = 0; i < 50; ++i) {
      const Bytes message = random_message(row.protocol, random);
      CAPTURE(row.name, test::to_hex(message));
      CHECK(describe(detect(message)) == describe(Dialect{row.protocol, Transport::kBuffered}));
      CHECK(describe(detect(test::framed(message))) == describe(Dialect{row.protocol, Transport::kFramed}));
      CHECK(describe(detect_payload(message)) == describe(Dialect{row.protocol, Transport::kFramed}));
    }
  }
}

TEST_CASE("a verdict on any bytes stands whatever comes after them", "[wire]") {
  test::Random random(4);
  for (int i = 0; i < 20000; ++i) {
    Bytes bytes(10);
    for (auto& byte : bytes) {
      static constexpr std::uint8_t kMarks[] = {0, 0, 1, 2, 0x16, 0x03, 0x80, 0x82, 0x21, 0x5b, 0xff, 0x0f};
      byte = random.one_in(3) ? static_cast<std::uint8_t>(random.next()) : kMarks[random.below(12)];
    }
    std::string verdict = "need more";
    for (std::size_t size = 0; size <= bytes.size(); ++size) {
      const std::string next = describe(detect(test::exactly(std::span(bytes).first(size))));
      if (verdict != "need more" && next != verdict) {
        FAIL(test::to_hex(bytes) << ": " << verdict << ", then at " << size << " bytes " << next);
      }
      verdict = next;
    }
    if (verdict == "need more") FAIL(test::to_hex(bytes) << ": six bytes were to be enough");
  }
}

TEST_CASE("a frame's payload is told by its own first bytes", "[wire]") {
  CHECK(describe(detect_payload(from_hex("80 01 00 01"))) == "binary framed");
  CHECK(describe(detect_payload(from_hex("82 21 00 01"))) == "compact framed");
  CHECK(describe(detect_payload(from_text("[1,"))) == "json framed");
  CHECK(describe(detect_payload(from_hex("0f ff 00 00"))) == "header_protocol");
  CHECK(describe(detect_payload(from_hex("00 00 00 08 67 65"))) == "old_binary");
  CHECK(describe(detect_payload(from_hex("de ad be ef"))) == "unknown_protocol");
}

TEST_CASE("a server takes what it was told to take, and auto takes everything", "[wire]") {
  for (const ProtocolRow& spoken : kProtocols) {
    for (const TransportRow& carried : kTransports) {
      if (spoken.protocol == Protocol::kAuto || carried.transport == Transport::kAuto) continue;
      const Dialect dialect{spoken.protocol, carried.transport};
      for (const ProtocolRow& protocol : kProtocols) {
        for (const TransportRow& transport : kTransports) {
          CAPTURE(describe(dialect), protocol.name, transport.name);
          std::string expected = describe(dialect);
          if (transport.name != "auto" && transport.name != carried.name) expected = "transport_refused";
          if (protocol.name != "auto" && protocol.name != spoken.name) expected = "protocol_refused";
          CHECK(describe(admit(dialect, protocol.protocol, transport.transport)) == expected);
        }
      }
    }
  }
}

}  // namespace
}  // namespace timeservice::wire
