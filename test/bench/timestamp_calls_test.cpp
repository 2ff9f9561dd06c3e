#include "bench/timestamp_calls.h"

#include <cstdint>
#include <stdexcept>

#include "test/support/catch.h"
#include "test/unit/bytes.h"

namespace timeservice::bench {
namespace {

constexpr wire::Dialect kBuffered = {wire::Protocol::kBinary, wire::Transport::kBuffered};
constexpr wire::Dialect kFramed = {wire::Protocol::kBinary, wire::Transport::kFramed};
constexpr std::int64_t kFirst = 1'795'555'856'000'000'000;

TEST_CASE("the call for timestamps is the bytes that Thrift's clients send", "[bench]") {
  CHECK(test::to_hex(TimestampCalls(kBuffered, 100).request()) ==
        "80 01 00 01 00 00 00 0e 67 65 74 5f 74 69 6d 65 73 74 61 6d 70 73 00 00 00 01 "
        "08 00 01 00 00 00 64 00");
}

TEST_CASE("ranges pass that follow each other on a connection", "[bench]") {
  for (const wire::Dialect dialect : {kBuffered, kFramed}) {
    const TimestampCalls calls(dialect, 100);
    const auto check = calls.new_check();
    for (const std::int64_t first : {kFirst, kFirst + 100, kFirst + 5000, INT64_MAX - 100}) {
      CHECK_NOTHROW(check->check(calls.reply(first)));
    }
  }
}

TEST_CASE("a range that was handed out before is noticed", "[bench]") {
  const TimestampCalls calls(kBuffered, 100);
  for (const std::int64_t next : {kFirst, kFirst + 99, kFirst - 1, std::int64_t{0}, INT64_MIN}) {
    const auto check = calls.new_check();
    check->check(calls.reply(kFirst));
    CAPTURE(next);
    CHECK_THROWS_AS(check->check(calls.reply(next)), WrongReply);
  }
}

TEST_CASE("no timestamp is 0 or less", "[bench]") {
  const TimestampCalls calls(kBuffered, 1);
  CHECK_THROWS_AS(calls.new_check()->check(calls.reply(0)), WrongReply);
}

TEST_CASE("a wrong byte anywhere but in the timestamp is noticed", "[bench]") {
  for (const wire::Dialect dialect : {kBuffered, kFramed}) {
    const TimestampCalls calls(dialect, 1);
    const Bytes right = calls.reply(0x0202020202020202);
    const std::size_t timestamp = test::to_hex(right).find("02 02 02 02 02 02 02 02") / 3;
    for (std::size_t at = 0; at < right.size(); ++at) {
      Bytes wrong = right;
      wrong[at] ^= 0x80;
      CAPTURE(at, shown(wrong));
      const auto check = calls.new_check();
      if (at > timestamp && at < timestamp + 8) {
        CHECK_NOTHROW(check->check(wrong));  // another timestamp; but for its sign
      } else {
        CHECK_THROWS_AS(check->check(wrong), WrongReply);
      }
    }
  }
}

TEST_CASE("only binary has replies of one length", "[bench]") {
  CHECK_THROWS_AS(TimestampCalls({wire::Protocol::kCompact, wire::Transport::kBuffered}, 1),
                  std::invalid_argument);
}

}  // namespace
}  // namespace timeservice::bench
