#include "server/host/call_runner.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <thrift/TOutput.h>
#include <thrift/transport/TBufferTransports.h>

#include "test/support/catch.h"
#include "test/unit/bytes.h"
#include "test/unit/echo_handler.h"
#include "test/unit/random_message.h"
#include "wire/message_cutter.h"
#include "wire/message_scanner.h"

namespace timeservice::host {
namespace {

using namespace apache::thrift::protocol;
using apache::thrift::TApplicationException;
using apache::thrift::transport::TMemoryBuffer;
using echo_service::EchoClient;
using test::Bytes;
using wire::Protocol;

constexpr Protocol kSpoken[] = {Protocol::kBinary, Protocol::kCompact, Protocol::kJson};

/// A client and a runner that speak one protocol, with nothing between them.
class Pair {
 public:
  explicit Pair(Protocol protocol, const wire::Limits& limits = {})
      : handler(std::make_shared<test::EchoHandler>()),
        runner(std::make_shared<echo_service::EchoProcessor>(handler), protocol, limits),
        sent_(std::make_shared<TMemoryBuffer>()),
        received_(std::make_shared<TMemoryBuffer>()),
        protocol_(protocol),
        client(test::apache_protocol(protocol, received_), test::apache_protocol(protocol, sent_)) {
    apache::thrift::GlobalOutput.setOutputFunction([](const char*) {});
  }

  /// The bytes that a generated client sends.
  Bytes request(const std::function<void(EchoClient&)>& send) {
    sent_->resetBuffer();
    send(client);
    return test::from_text(sent_->getBufferAsString());
  }

  /// A message without arguments, as no generated client sends it.
  Bytes message(const std::string& method, TMessageType type, std::int32_t seqid) const {
    return test::written_by_apache(protocol_, [&](TProtocol& out) {
      out.writeMessageBegin(method, type, seqid);
      out.writeStructBegin("");
      out.writeFieldStop();
      out.writeStructEnd();
      out.writeMessageEnd();
    });
  }

  /// Gives the client the next `bytes` of what it receives.
  void receive(std::span<const std::uint8_t> bytes) {
    received_->write(bytes.data(), static_cast<std::uint32_t>(bytes.size()));
  }

  /// Runs the call, and gives the client its reply.
  void run(const Bytes& request) {
    runner.clear_replies();
    REQUIRE(runner.run(request, false));
    receive(runner.replies());
    runner.clear_replies();
  }

  struct Exception {
    std::string method;
    TMessageType type;
    std::int32_t seqid;
    TApplicationException exception;
  };

  /// The one exception that `reply` is.
  Exception exception_in(std::span<const std::uint8_t> reply) const {
    const auto buffer = std::make_shared<TMemoryBuffer>();
    buffer->write(reply.data(), static_cast<std::uint32_t>(reply.size()));
    const auto in = test::apache_protocol(protocol_, buffer);
    Exception read{};
    in->readMessageBegin(read.method, read.type, read.seqid);
    read.exception.read(in.get());
    in->readMessageEnd();
    CHECK(buffer->available_read() == 0);
    return read;
  }

  /// That a call works on this runner, now.
  void check_echo(const std::string& token) {
    run(request([&](EchoClient& c) { c.send_echo(token); }));
    std::string reply;
    client.recv_echo(reply);
    CHECK(reply == token);
  }

 public:
  std::shared_ptr<test::EchoHandler> handler;
  CallRunner runner;

 private:
  std::shared_ptr<TMemoryBuffer> sent_;
  std::shared_ptr<TMemoryBuffer> received_;
  Protocol protocol_;

 public:
  EchoClient client;
};

TEST_CASE("a call is answered in the protocol it came in", "[host]") {
  for (const Protocol protocol : kSpoken) {
    CAPTURE(wire::name(protocol));
    Pair pair(protocol);
    pair.check_echo("hello");
    pair.check_echo("");
    pair.check_echo(std::string(300'000, 'x'));

    pair.run(pair.request([](EchoClient& c) { c.send_sum({1, -2, 300}); }));
    CHECK(pair.client.recv_sum() == 299);

    echo_service::Node leaf;
    leaf.text = "leaf";
    echo_service::Node root;
    root.text = "root";
    root.__set_children({leaf, leaf});
    pair.run(pair.request([&](EchoClient& c) { c.send_tree(root); }));
    echo_service::Node reply;
    pair.client.recv_tree(reply);
    CHECK((reply == root));
  }
}

TEST_CASE("the processor that calls its protocol directly answers the same bytes", "[host]") {
  for (const Protocol protocol : kSpoken) {
    Pair pair(protocol);
    const auto direct = std::make_shared<echo_service::EchoProcessorT<wire::BinaryProtocol>>(pair.handler);
    CallRunner runner(direct, protocol, {});
    for (const Bytes& request :
         {pair.request([](EchoClient& c) { c.send_echo("token"); }),
          pair.request([](EchoClient& c) { c.send_refuse("no", 3); }),
          pair.request([](EchoClient& c) { c.send_fail("why"); }), pair.message("unknown", T_CALL, 4)}) {
      CAPTURE(wire::name(protocol));
      pair.runner.clear_replies();
      runner.clear_replies();
      CHECK(runner.run(request, true));
      CHECK(pair.runner.run(request, true));
      CHECK(test::to_hex(runner.replies()) == test::to_hex(pair.runner.replies()));
    }
  }
}

TEST_CASE("a handler's own exception is answered as INTERNAL_ERROR with its text", "[host]") {
  for (const Protocol protocol : kSpoken) {
    for (const auto* text : {"the disk is full", "", "quotes \" and \\ and \n"}) {
      CAPTURE(wire::name(protocol), text);
      Pair pair(protocol);
      pair.run(pair.request([&](EchoClient& c) { c.send_fail(text); }));
      try {
        pair.client.recv_fail();
        FAIL("no exception arrived");
      } catch (const TApplicationException& error) {
        CHECK(error.getType() == TApplicationException::INTERNAL_ERROR);
        // Thrift shows an empty text as one of its own.
        if (*text != '\0') CHECK(std::string(error.what()) == text);
      }
      pair.check_echo("next");
    }
  }
}

TEST_CASE("what a handler throws that is no exception is answered as INTERNAL_ERROR", "[host]") {
  for (const Protocol protocol : kSpoken) {
    CAPTURE(wire::name(protocol));
    Pair pair(protocol);
    CHECK(pair.runner.run(pair.request([](EchoClient& c) { c.send_fail("int"); }), false));
    const auto reply = pair.exception_in(pair.runner.replies());
    CHECK(reply.method == "fail");
    CHECK(reply.type == T_EXCEPTION);
    CHECK(reply.exception.getType() == TApplicationException::INTERNAL_ERROR);
    CHECK(std::string(reply.exception.what()).find("std::exception") != std::string::npos);
    pair.check_echo("next");
  }
}

TEST_CASE("a declared exception arrives as declared", "[host]") {
  for (const Protocol protocol : kSpoken) {
    CAPTURE(wire::name(protocol));
    Pair pair(protocol);
    pair.run(pair.request([](EchoClient& c) { c.send_refuse("not today", 7); }));
    try {
      pair.client.recv_refuse();
      FAIL("no exception arrived");
    } catch (const echo_service::Refused& refused) {
      CHECK(refused.message == "not today");
      CHECK(refused.code == 7);
    }
  }
}

TEST_CASE("an unknown method is answered as UNKNOWN_METHOD, with its name and seqid", "[host]") {
  for (const Protocol protocol : kSpoken) {
    CAPTURE(wire::name(protocol));
    Pair pair(protocol);
    CHECK(pair.runner.run(pair.message("nonsense", T_CALL, 77), false));
    const auto reply = pair.exception_in(pair.runner.replies());
    CHECK(reply.method == "nonsense");
    CHECK(reply.type == T_EXCEPTION);
    CHECK(reply.seqid == 77);
    CHECK(reply.exception.getType() == TApplicationException::UNKNOWN_METHOD);
  }
}

TEST_CASE("a oneway call is never answered, known or not, framed or not", "[host]") {
  for (const Protocol protocol : kSpoken) {
    for (const bool framed : {false, true}) {
      CAPTURE(wire::name(protocol), framed);
      Pair pair(protocol);
      CHECK(pair.runner.run(pair.request([](EchoClient& c) { c.send_note("n"); }), framed));
      CHECK(test::to_hex(pair.runner.replies()).empty());
      CHECK(pair.handler->notes() == 1);
      // Quotes and commas in a name are a method's name, whatever the protocol makes of them.
      for (const auto* method : {"nonsense", "", "a\",3,\"", "\\\",2,", "non\"sense"}) {
        CAPTURE(method);
        CHECK(pair.runner.run(pair.message(method, T_ONEWAY, 5), framed));
        CHECK(test::to_hex(pair.runner.replies()).empty());
        pair.runner.clear_replies();
      }
      const Bytes broken = pair.message("note", T_ONEWAY, 5);
      CHECK(pair.runner.run(std::span(broken).first(broken.size() - 1), framed));
      CHECK(test::to_hex(pair.runner.replies()).empty());
      pair.check_echo("next");
    }
  }
}

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
      Pair pair(row.protocol);
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
    Pair pair(protocol, limits);
    pair.run(pair.request([](EchoClient& c) { c.send_sum(std::vector<std::int32_t>(1000, 1)); }));
    CHECK(pair.client.recv_sum() == 1000);

    CHECK(pair.runner.run(pair.request([](EchoClient& c) { c.send_sum(std::vector<std::int32_t>(1001, 1)); }),
                          false));
    const auto reply = pair.exception_in(pair.runner.replies());
    CHECK(reply.type == T_EXCEPTION);
    CHECK(reply.exception.getType() == TApplicationException::PROTOCOL_ERROR);
  }
}

TEST_CASE("a number that is not there is refused, and nothing is answered in its place", "[host]") {
  // Thrift's JSON (0.17) reads no digits as whatever its stack held, which a handler
  // may well send back.
  for (const auto* text :
       {"[1,\"sum\",1,9,{\"1\":{\"lst\":[\"i32\",1,]}}]", "[1,\"sum\",1,9,{\"1\":{\"lst\":[\"i32\",2,,]}}]",
        "[1,\"repeat\",1,9,{\"1\":{\"i32\":}}]", "[1,\"sum\",1,,{\"1\":{\"lst\":[\"i32\",0]}}]",
        "[1,\"sum\",1,9,{\"1\":{\"lst\":[\"i32\",]}}]"}) {
    CAPTURE(text);
    const Bytes request = test::from_text(text);
    const auto checked = wire::check_message(Protocol::kJson, {}, request);
    if (std::holds_alternative<wire::WireError>(checked)) continue;  // it never reaches the runner
    Pair pair(Protocol::kJson);
    if (!pair.runner.run(request, false)) continue;
    const auto reply = pair.exception_in(pair.runner.replies());
    CHECK(reply.type == T_EXCEPTION);
    CHECK(reply.exception.getType() == TApplicationException::PROTOCOL_ERROR);
  }
}

TEST_CASE("a message that is no call is not answered", "[host]") {
  for (const Protocol protocol : kSpoken) {
    for (const bool framed : {false, true}) {
      for (const TMessageType type : {T_REPLY, T_EXCEPTION}) {
        CAPTURE(wire::name(protocol), framed, int{type});
        Pair pair(protocol);
        CHECK_FALSE(pair.runner.run(pair.message("echo", type, 1), framed));
        CHECK(pair.runner.replies().empty());
      }
      CAPTURE(wire::name(protocol), framed);
      Pair pair(protocol);
      CHECK_FALSE(pair.runner.run(test::from_text("nonsense"), framed));
      CHECK_FALSE(pair.runner.run({}, framed));
      CHECK(pair.runner.replies().empty());
      pair.check_echo("next");
    }
  }
}

TEST_CASE("replies gather in order, each behind its own length where they are framed", "[host]") {
  for (const Protocol protocol : kSpoken) {
    CAPTURE(wire::name(protocol));
    Pair pair(protocol);
    std::vector<std::string> tokens = {"a", std::string(70'000, 'b'), "", "d"};
    std::vector<Bytes> alone;
    for (const std::string& token : tokens) {
      const Bytes request = pair.request([&](EchoClient& c) { c.send_echo(token); });
      pair.runner.clear_replies();
      REQUIRE(pair.runner.run(request, false));
      alone.push_back(test::exactly(pair.runner.replies()));
    }
    pair.runner.clear_replies();
    Bytes unframed;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      REQUIRE(pair.runner.run(pair.request([&](EchoClient& c) { c.send_echo(tokens[i]); }), false));
      // What asks for no reply leaves no trace between those that do.
      REQUIRE(pair.runner.run(pair.request([](EchoClient& c) { c.send_note("n"); }), false));
      unframed = test::joined({unframed, alone[i]});
    }
    CHECK((test::exactly(pair.runner.replies()) == unframed));
    pair.runner.clear_replies();
    CHECK(pair.runner.replies().empty());
    Bytes framed;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      REQUIRE(pair.runner.run(pair.request([&](EchoClient& c) { c.send_echo(tokens[i]); }), true));
      REQUIRE(pair.runner.run(pair.message("nonsense", T_ONEWAY, 1), true));
      framed = test::joined({framed, test::framed(alone[i])});
    }
    CHECK((test::exactly(pair.runner.replies()) == framed));
  }
}

TEST_CASE("an exception among replies leaves those before it and those after it whole", "[host]") {
  for (const Protocol protocol : kSpoken) {
    CAPTURE(wire::name(protocol));
    Pair pair(protocol);
    for (const auto* token : {"one", "two"}) {
      REQUIRE(pair.runner.run(pair.request([&](EchoClient& c) { c.send_echo(token); }), false));
      REQUIRE(pair.runner.run(pair.request([](EchoClient& c) { c.send_fail("int"); }), false));
      REQUIRE(pair.runner.run(pair.request([](EchoClient& c) { c.send_fail("why"); }), false));
    }
    pair.receive(pair.runner.replies());
    for (const auto* token : {"one", "two"}) {
      std::string reply;
      pair.client.recv_echo(reply);
      CHECK(reply == token);
      CHECK_THROWS_AS(pair.client.recv_fail(), TApplicationException);
      CHECK_THROWS_AS(pair.client.recv_fail(), TApplicationException);
    }
  }
}

TEST_CASE("a refusal is answered as PROTOCOL_ERROR with its reason, as far as the head has come", "[host]") {
  for (const Protocol protocol : kSpoken) {
    for (const bool framed : {false, true}) {
      CAPTURE(wire::name(protocol), framed);
      Pair pair(protocol);
      const Bytes call = pair.message("echo", T_CALL, 31);
      const Bytes head = test::exactly(std::span(call).first(call.size() - 1));
      CHECK(pair.runner.refuse(head, framed, "too large"));
      const auto replies = pair.runner.replies();
      if (framed)
        CHECK(test::to_hex(replies.first(4)) ==
              test::to_hex(test::big_endian32(static_cast<std::uint32_t>(replies.size() - 4))));
      const auto reply = pair.exception_in(replies.subspan(framed ? 4 : 0));
      CHECK(reply.method == "echo");
      CHECK(reply.type == T_EXCEPTION);
      CHECK(reply.seqid == 31);
      CHECK(reply.exception.getType() == TApplicationException::PROTOCOL_ERROR);
      CHECK(std::string(reply.exception.what()) == "too large");

      pair.runner.clear_replies();
      CHECK_FALSE(pair.runner.refuse(std::span(call).first(2), framed, "too large"));
      CHECK_FALSE(pair.runner.refuse(pair.message("note", T_ONEWAY, 1), framed, "too large"));
      CHECK_FALSE(pair.runner.refuse(pair.message("echo", T_REPLY, 1), framed, "too large"));
      CHECK(pair.runner.replies().empty());
    }
  }
}

TEST_CASE("nothing that the scanner lets through gets out of the runner as an exception", "[host]") {
  for (const Protocol protocol : kSpoken) {
    Pair pair(protocol);
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
