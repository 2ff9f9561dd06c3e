#include <string>

#include "server/host/call_runner.h"
#include "server/host/declared_exception.h"
#include "test/support/catch.h"
#include "test/unit/call_pair.h"
#include "wire/protocol.h"

namespace timeservice::host {
namespace {

using apache::thrift::TApplicationException;
using apache::thrift::protocol::T_CALL;
using apache::thrift::protocol::T_EXCEPTION;
using apache::thrift::protocol::T_ONEWAY;
using apache::thrift::protocol::T_REPLY;
using echo_service::EchoClient;
using test::Bytes;
using test::CallPair;

std::vector<wire::Protocol> protocols() {
  std::vector<wire::Protocol> all;
  for (const auto& row : wire::kProtocols) {
    if (row.protocol != wire::Protocol::kAuto) all.push_back(row.protocol);
  }
  return all;
}

TEST_CASE("a runner tells what became of each call", "[host]") {
  for (const wire::Protocol protocol : protocols()) {
    CAPTURE(wire::name(protocol));
    CallPair pair(protocol);
    const auto run = [&](const Bytes& request) {
      REQUIRE(pair.runner.run(request, false));
      return pair.runner.outcome();
    };
    CHECK(run(pair.request([](EchoClient& c) { c.send_echo("x"); })) == CallOutcome::kReply);
    CHECK(run(pair.request([](EchoClient& c) { c.send_note("x"); })) == CallOutcome::kOneway);
    CHECK(run(pair.request([](EchoClient& c) { c.send_fail("x"); })) == CallOutcome::kException);
    CHECK(run(pair.request([](EchoClient& c) { c.send_fail("int"); })) == CallOutcome::kException);
    CHECK(run(pair.message("nothing", T_CALL, 1)) == CallOutcome::kUnknownMethod);
    CHECK(run(pair.message("nothing", T_ONEWAY, 1)) == CallOutcome::kUnknownMethod);
    CHECK(run(pair.request([](EchoClient& c) { c.send_refuse("x", 1); })) == CallOutcome::kReply);
    // Whatever went before.
    CHECK(run(pair.request([](EchoClient& c) { c.send_echo("x"); })) == CallOutcome::kReply);
  }
}

TEST_CASE("an exception that the IDL declares is told from a result in every protocol, behind other replies",
          "[host]") {
  for (const wire::Protocol protocol : protocols()) {
    for (const bool framed : {false, true}) {
      CAPTURE(wire::name(protocol), framed);
      CallPair pair(protocol);
      const auto declared = [&](const Bytes& request) {
        REQUIRE(pair.runner.run(request, framed));
        return pair.runner.declared_exception();
      };
      for (int i = 0; i < 2; ++i) {
        CHECK_FALSE(declared(pair.request([](EchoClient& c) { c.send_echo("{\"1\""); })));
        CHECK(declared(pair.request([](EchoClient& c) { c.send_refuse("no", 1); })));
        CHECK(declared(pair.request([](EchoClient& c) { c.send_refuse("", 0); })));
        CHECK_FALSE(declared(pair.request([](EchoClient& c) { c.send_note("x"); })));
        CHECK_FALSE(declared(pair.request([](EchoClient& c) { c.send_fail("x"); })));
        CHECK_FALSE(declared(pair.request([](EchoClient& c) { c.send_sum({1, 2}); })));
        CHECK_FALSE(declared(pair.request([](EchoClient& c) { c.send_counts({}, {}, {}, 0); })));
        CHECK_FALSE(declared(pair.message("nothing", T_CALL, 1)));
      }
    }
  }
}

TEST_CASE("no part of a reply makes the look at it read beyond its end", "[host]") {
  for (const wire::Protocol protocol : protocols()) {
    CAPTURE(wire::name(protocol));
    CallPair pair(protocol);
    REQUIRE(pair.runner.run(pair.request([](EchoClient& c) { c.send_refuse("no", 1); }), false));
    const Bytes reply(pair.runner.replies().begin(), pair.runner.replies().end());
    CHECK(is_declared_exception(protocol, reply));
    for (std::size_t size = 0; size < reply.size(); ++size) {
      const Bytes part(reply.begin(), reply.begin() + static_cast<std::ptrdiff_t>(size));
      is_declared_exception(protocol, part);  // a sanitizer looks on
    }
  }
}

TEST_CASE("an exception may have any number but the result's", "[host]") {
  for (const wire::Protocol protocol : protocols()) {
    for (const int field : {0, 1, 9, 10, 15, 16, 127, 128, 255, 256, 0x0700, 0x7fff}) {
      CAPTURE(wire::name(protocol), field);
      const Bytes reply = test::written_by_apache(protocol, [&](apache::thrift::protocol::TProtocol& out) {
        out.writeMessageBegin("refuse", T_REPLY, 0x01020304);
        out.writeStructBegin("");
        out.writeFieldBegin("", apache::thrift::protocol::T_STRUCT, static_cast<std::int16_t>(field));
        out.writeStructBegin("");
        out.writeFieldStop();
        out.writeStructEnd();
        out.writeFieldEnd();
        out.writeFieldStop();
        out.writeStructEnd();
        out.writeMessageEnd();
      });
      CHECK(is_declared_exception(protocol, reply) == (field != 0));
    }
  }
}

TEST_CASE("a reply without fields, of a method without a result, is no exception", "[host]") {
  for (const wire::Protocol protocol : protocols()) {
    CAPTURE(wire::name(protocol));
    const CallPair pair(protocol);
    CHECK_FALSE(is_declared_exception(protocol, pair.message("refuse", T_REPLY, 1)));
    CHECK_FALSE(is_declared_exception(protocol, pair.message("refuse", T_REPLY, 0x7fffffff)));
  }
}

TEST_CASE("a shed call is answered with an exception of its own number, and not run", "[host]") {
  for (const wire::Protocol protocol : protocols()) {
    CAPTURE(wire::name(protocol));
    CallPair pair(protocol);
    int ran = 0;
    pair.handler->on_echo = [&] { ++ran; };
    for (int i = 0; i < 3; ++i) {
      const Bytes call = pair.message("echo", T_CALL, 4711 + i);
      pair.runner.clear_replies();
      REQUIRE(pair.runner.shed(call, false, "overloaded: later"));
      const auto told = pair.exception_in(pair.runner.replies());
      CHECK(told.method == "echo");
      CHECK(told.type == T_EXCEPTION);
      CHECK(told.seqid == 4711 + i);
      CHECK(told.exception.getType() == TApplicationException::INTERNAL_ERROR);
      CHECK(std::string(told.exception.what()) == "overloaded: later");
    }
    CHECK(ran == 0);
    pair.runner.clear_replies();
    pair.check_echo("after it, as before");
  }
}

TEST_CASE("shed and other calls may follow each other in any order", "[host]") {
  for (const wire::Protocol protocol : protocols()) {
    CAPTURE(wire::name(protocol));
    CallPair pair(protocol);
    pair.check_echo("a");
    for (int i = 0; i < 3; ++i) {
      REQUIRE(
          pair.runner.shed(pair.request([](EchoClient& c) { c.send_counts({}, {}, {}, 0); }), false, "no"));
      pair.runner.clear_replies();
      pair.check_echo("b");
      CHECK(pair.runner.run(pair.message("nothing", T_CALL, 1), false));
      pair.runner.clear_replies();
    }
  }
}

TEST_CASE("a oneway call that is shed is not answered, not even with a frame", "[host]") {
  for (const wire::Protocol protocol : protocols()) {
    for (const bool framed : {false, true}) {
      CAPTURE(wire::name(protocol), framed);
      CallPair pair(protocol);
      CHECK(pair.runner.shed(pair.request([](EchoClient& c) { c.send_note("x"); }), framed, "no"));
      CHECK(pair.runner.replies().empty());
    }
  }
}

TEST_CASE("what is no call is not shed", "[host]") {
  for (const wire::Protocol protocol : protocols()) {
    CAPTURE(wire::name(protocol));
    CallPair pair(protocol);
    CHECK_FALSE(pair.runner.shed(pair.message("echo", T_REPLY, 1), false, "no"));
    CHECK_FALSE(pair.runner.shed({}, false, "no"));
    CHECK(pair.runner.replies().empty());
    pair.check_echo("after it, as before");
  }
}

TEST_CASE("the method that a message names can be asked for between calls", "[host]") {
  for (const wire::Protocol protocol : protocols()) {
    CAPTURE(wire::name(protocol));
    CallPair pair(protocol);
    CHECK(pair.runner.method_of(pair.message("some\nmethod", T_CALL, 1)) == "some\nmethod");
    CHECK(pair.runner.method_of({}).empty());
    pair.check_echo("x");
  }
}

}  // namespace
}  // namespace timeservice::host
