// Messages that the scanner lets through, and whose arguments are not as they should be.
#include <string>
#include <variant>
#include <vector>

#include "server/host/call_runner.h"
#include "test/support/catch.h"
#include "test/unit/bytes.h"
#include "test/unit/call_pair.h"
#include "test/unit/random_message.h"
#include "wire/message_cutter.h"
#include "wire/message_scanner.h"

namespace timeservice::host {
namespace {

using namespace apache::thrift::protocol;
using apache::thrift::TApplicationException;
using echo_service::EchoClient;
using test::Bytes;
using test::CallPair;
using test::kSpoken;
using wire::Protocol;

TEST_CASE("arguments that cannot be decoded are answered as PROTOCOL_ERROR, and the next call works",
          "[host]") {
  const struct {
    Protocol protocol;
    Bytes request;
  } rows[] = {
      // A string's length runs past the message.
      {Protocol::kBinary,
       test::from_hex("80 01 00 01 00 00 00 04 65 63 68 6f 00 00 00 09 0b 00 01 00 00 00 05 61 00")},
      {Protocol::kCompact, test::from_hex("82 21 09 04 65 63 68 6f 18 05 61 00")},
      // A number where a string is promised; a type that nobody has; no digits.
      {Protocol::kJson, test::from_text("[1,\"echo\",1,9,{\"1\":{\"str\":7}}]")},
      {Protocol::kJson, test::from_text("[1,\"echo\",1,9,{\"1\":{\"xyz\":7}}]")},
      {Protocol::kJson, test::from_text("[1,\"echo\",1,9,[\"1\"]]")},
      {Protocol::kJson, test::from_text("[1,\"echo\",1,9]")},
  };
  for (const auto& row : rows) {
    for (const bool framed : {false, true}) {
      CAPTURE(wire::name(row.protocol), test::to_hex(row.request));
      CallPair pair(row.protocol);
      pair.check_echo("before");
      CHECK(pair.runner.run(row.request, framed));
      const auto reply = pair.exception_in(pair.runner.replies().subspan(framed ? 4 : 0));
      CHECK(reply.method == "echo");
      CHECK(reply.type == T_EXCEPTION);
      CHECK(reply.seqid == 9);
      CHECK(reply.exception.getType() == TApplicationException::PROTOCOL_ERROR);
      for (int i = 0; i < 3; ++i) pair.check_echo("after");
    }
  }
}

TEST_CASE("a container above the limit is refused in each protocol, though the message holds it", "[host]") {
  const wire::Limits limits = {.container_elements = 1000};
  for (const Protocol protocol : kSpoken) {
    CAPTURE(wire::name(protocol));
    CallPair pair(protocol, limits);
    pair.run(pair.request([](EchoClient& c) { c.send_sum(std::vector<std::int32_t>(1000, 1)); }));
    CHECK(pair.client.recv_sum() == 1000);

    CHECK(pair.runner.run(pair.request([](EchoClient& c) { c.send_sum(std::vector<std::int32_t>(1001, 1)); }),
                          false));
    const auto reply = pair.exception_in(pair.runner.replies());
    CHECK(reply.type == T_EXCEPTION);
    CHECK(reply.exception.getType() == TApplicationException::PROTOCOL_ERROR);
  }
}

/// Whether `text` is answered as PROTOCOL_ERROR, or refused before or without that.
bool is_refused(const std::string& text) {
  const Bytes request = test::from_text(text);
  const auto checked = wire::check_message(Protocol::kJson, {}, request);
  if (std::holds_alternative<wire::WireError>(checked)) return true;
  CallPair pair(Protocol::kJson);
  if (!pair.runner.run(request, false)) return pair.runner.replies().empty();
  const auto reply = pair.exception_in(pair.runner.replies());
  return reply.type == T_EXCEPTION && reply.exception.getType() == TApplicationException::PROTOCOL_ERROR;
}

TEST_CASE("a number that is not there is refused, and nothing is answered in its place", "[host]") {
  // Thrift's JSON (0.17) reads no digits as whatever its stack held, which a handler
  // may well send back. `%` is where the number is to be.
  const struct {
    std::string what;
    std::string call;
    std::string number;
  } rows[] = {
      {"a version", R"([%,"repeat",1,9,{"1":{"i32":2}}])", "1"},
      {"a message's type", R"([1,"repeat",%,9,{"1":{"i32":2}}])", "1"},
      {"a seqid", R"([1,"repeat",1,%,{"1":{"i32":2}}])", "9"},
      {"a field's id", R"([1,"repeat",1,9,{%:{"i32":2}}])", "\"1\""},
      {"the id of an unknown field", R"([1,"repeat",1,9,{"1":{"i32":2},%:{"i32":2}}])", "\"7\""},
      {"an i32", R"([1,"repeat",1,9,{"1":{"i32":%}}])", "2"},
      {"an i32 that is skipped", R"([1,"repeat",1,9,{"7":{"i32":%},"1":{"i32":2}}])", "2"},
      {"an i64 that is skipped", R"([1,"repeat",1,9,{"7":{"i64":%},"1":{"i32":2}}])", "2"},
      {"a byte that is skipped", R"([1,"repeat",1,9,{"7":{"i8":%},"1":{"i32":2}}])", "2"},
      {"a bool that is skipped", R"([1,"repeat",1,9,{"7":{"tf":%},"1":{"i32":2}}])", "1"},
      {"a list's size", R"([1,"sum",1,9,{"1":{"lst":["i32",%,5]}}])", "1"},
      {"a list's size, and no element", R"([1,"sum",1,9,{"1":{"lst":["i32",%]}}])", "0"},
      {"a list's element", R"([1,"sum",1,9,{"1":{"lst":["i32",2,5,%]}}])", "5"},
      {"a list's first element", R"([1,"sum",1,9,{"1":{"lst":["i32",1,%]}}])", "5"},
      {"the element of a list that says it is of strings", R"([1,"sum",1,9,{"1":{"lst":["str",1,%]}}])", "5"},
      {"a set's size", R"([1,"counts",1,9,{"2":{"set":["i16",%,5]}}])", "1"},
      {"a bool", R"([1,"counts",1,9,{"3":{"lst":["tf",1,%]}}])", "1"},
      {"a double", R"([1,"counts",1,9,{"4":{"dbl":%}}])", "0.5"},
      {"a map's size", R"([1,"scores",1,9,{"1":{"map":["i32","dbl",%,{"5":0.5}]}}])", "1"},
      {"a map's key", R"([1,"scores",1,9,{"1":{"map":["i32","dbl",1,{%:0.5}]}}])", "\"5\""},
      {"a map's second key", R"([1,"scores",1,9,{"1":{"map":["i32","dbl",2,{"4":1,%:2}]}}])", "\"5\""},
      {"the key of a map that says it is of strings",
       R"([1,"scores",1,9,{"1":{"map":["str","dbl",1,{%:0.5}]}}])", "\"5\""},
      {"the key of a map that is skipped", R"([1,"notes",1,9,{"7":{"map":["i64","i32",1,{%:5}]}}])", "\"5\""},
      {"the real key of a map that is skipped", R"([1,"notes",1,9,{"7":{"map":["dbl","i32",1,{%:5}]}}])",
       "\"0.5\""},
      {"a map's value", R"([1,"scores",1,9,{"1":{"map":["i32","dbl",1,{"5":%}]}}])", "0.5"},
  };
  const auto with = [](std::string call, const std::string& number) {
    return call.replace(call.find('%'), 1, number);
  };
  for (const auto& row : rows) {
    CAPTURE(row.what);
    CHECK_FALSE(is_refused(with(row.call, row.number)));
    for (const auto* none :
         {"",    "\"\"",    "-",  "\"-\"",  "+",  "\"+\"",  ".",      "\".\"", "e",  "\"e\"", "\" \"",
          "--1", "\"--1\"", "1-", "\"1-\"", "1e", "\"1e\"", "\"1 \"", "\"x\"", "[]", "{}"}) {
      CAPTURE(none);
      CHECK(is_refused(with(row.call, none)));
    }
  }
}

TEST_CASE("nothing that the scanner lets through gets out of the runner as an exception", "[host]") {
  for (const Protocol protocol : kSpoken) {
    CallPair pair(protocol);
    const Bytes request = pair.request([](EchoClient& c) {
      c.send_counts({{"a", 1}, {"b", 2}}, {1, 2}, {true}, 0.5);
    });
    int run = 0;
    for (std::uint64_t seed = 0; seed < 8000; ++seed) {
      test::Random random(seed);
      Bytes bytes = request;
      for (std::uint64_t changes = 1 + random.below(3); changes > 0; --changes) {
        bytes[random.below(bytes.size())] = static_cast<std::uint8_t>(random.next());
      }
      wire::MessageScanner scanner(protocol, {});
      if (scanner.scan(bytes) != wire::MessageScanner::State::kComplete) continue;
      ++run;
      pair.runner.clear_replies();
      CAPTURE(wire::name(protocol), seed);
      REQUIRE_NOTHROW(pair.runner.run(std::span(bytes).first(scanner.length()), random.one_in(2)));
    }
    CAPTURE(wire::name(protocol), run);
    CHECK(run > 200);
    pair.runner.clear_replies();
    pair.check_echo("after all of it");
  }
}

}  // namespace
}  // namespace timeservice::host
