#include "bench/canned_calls.h"

#include <algorithm>

#include "bench/contestants.h"
#include "test/support/catch.h"
#include "test/unit/bytes.h"
#include "wire/message_cutter.h"

namespace timeservice::bench {
namespace {

constexpr const char* kTime = "Tue Nov 24 21:30:56 2026";
constexpr const char* kOtherTime = "Wed Feb 29 00:00:01 2028";

TEST_CASE("a canned call is one whole message of its dialect", "[bench]") {
  for (const wire::Dialect dialect : all_dialects()) {
    CAPTURE(name_of(dialect));
    const CannedCalls calls(dialect);
    const auto detection = wire::detect(calls.request());
    REQUIRE(std::holds_alternative<wire::Dialect>(detection));
    CHECK(std::get<wire::Dialect>(detection) == dialect);
    wire::MessageCutter cutter(dialect, {});
    const auto cut = cutter.next(calls.request());
    REQUIRE(std::holds_alternative<wire::Message>(cut));
    CHECK(std::get<wire::Message>(cut).consumed == calls.request().size());
  }
}

TEST_CASE("binary calls are the bytes that Thrift's clients send", "[bench]") {
  const std::string payload = "80 01 00 01 00 00 00 08 67 65 74 5f 74 69 6d 65 00 00 00 01 00";
  CHECK(test::to_hex(CannedCalls({wire::Protocol::kBinary, wire::Transport::kBuffered}).request()) ==
        payload);
  CHECK(test::to_hex(CannedCalls({wire::Protocol::kBinary, wire::Transport::kFramed}).request()) ==
        "00 00 00 15 " + payload);
}

TEST_CASE("replies are as long as was said, and give their text back", "[bench]") {
  for (const wire::Dialect dialect : all_dialects()) {
    CAPTURE(name_of(dialect));
    const CannedCalls calls(dialect);
    CHECK(calls.reply(kTime).size() == calls.reply_size());
    CHECK(calls.text_of(calls.reply(kTime)) == kTime);
  }
}

TEST_CASE("right replies pass, whatever the time in them", "[bench]") {
  for (const wire::Dialect dialect : all_dialects()) {
    const CannedCalls calls(dialect);
    TimeCheck check(calls);
    CAPTURE(name_of(dialect));
    for (const char* time : {kTime, kTime, kOtherTime, kTime, "Thu Jan  1 00:00:00 1970"}) {
      CHECK_NOTHROW(check.check(calls.reply(time)));
    }
  }
}

TEST_CASE("a wrong byte anywhere in a reply is noticed, in the first reply and in later ones", "[bench]") {
  for (const wire::Dialect dialect : all_dialects()) {
    const CannedCalls calls(dialect);
    for (std::size_t at = 0; at < calls.reply_size(); ++at) {
      Bytes wrong = calls.reply(kTime);
      wrong[at] ^= 0x40;
      CAPTURE(name_of(dialect), at, shown(wrong));
      TimeCheck first(calls);
      CHECK_THROWS_AS(first.check(wrong), WrongReply);
      TimeCheck later(calls);
      later.check(calls.reply(kTime));
      CHECK_THROWS_AS(later.check(wrong), WrongReply);
    }
  }
}

TEST_CASE("a reply whose text is no instant is wrong", "[bench]") {
  const CannedCalls calls({wire::Protocol::kBinary, wire::Transport::kBuffered});
  TimeCheck check(calls);
  for (const char* text : {"Tue Nov 24 21:30:56  026", "Tue Nov 31 25:30:56 2026", "tue Nov 24 21:30:56 2026",
                           "Tue Nov 04 21:30:56 2026", "xxxxxxxxxxxxxxxxxxxxxxxx"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(check.check(calls.reply(text)), WrongReply);
  }
}

TEST_CASE("an exception instead of the result is wrong, and its text is told", "[bench]") {
  const CannedCalls calls({wire::Protocol::kBinary, wire::Transport::kBuffered});
  // The server says "busy": T_EXCEPTION, its message, its type; then zeros up to the length.
  Bytes reply = test::from_hex(
      "80 01 00 03 00 00 00 08 67 65 74 5f 74 69 6d 65 00 00 00 01 "
      "0b 00 01 00 00 00 04 62 75 73 79 08 00 02 00 00 00 06 00");
  reply.resize(calls.reply_size());
  TimeCheck check(calls);
  try {
    check.check(reply);
    FAIL("it passed");
  } catch (const WrongReply& error) {
    CHECK(std::string(error.what()).find(": busy") != std::string::npos);
  }
}

TEST_CASE("bytes in an error are printable", "[bench]") {
  CHECK(shown(test::from_text("get 'it'\\\n")) == "get \\x27it\\x27\\x5c\\x0a");
  CHECK(shown(Bytes{0x80, 0x7f, 'z'}) == "\\x80\\x7fz");
}

}  // namespace
}  // namespace timeservice::bench
