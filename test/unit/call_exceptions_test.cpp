// What a call is answered where no result is: which exception, with which words.
#include <span>
#include <string>

#include "server/host/call_runner.h"
#include "test/support/catch.h"
#include "test/unit/bytes.h"
#include "test/unit/call_pair.h"

namespace timeservice::host {
namespace {

using namespace apache::thrift::protocol;
using apache::thrift::TApplicationException;
using echo_service::EchoClient;
using test::Bytes;
using test::CallPair;
using test::kSpoken;
using wire::Protocol;

TEST_CASE("a handler's own exception is answered as INTERNAL_ERROR with its text", "[host]") {
  for (const Protocol protocol : kSpoken) {
    for (const auto* text : {"the disk is full", "", "quotes \" and \\ and \n"}) {
      CAPTURE(wire::name(protocol), text);
      CallPair pair(protocol);
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
    CallPair pair(protocol);
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
    CallPair pair(protocol);
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
    CallPair pair(protocol);
    CHECK(pair.runner.run(pair.message("nonsense", T_CALL, 77), false));
    const auto reply = pair.exception_in(pair.runner.replies());
    CHECK(reply.method == "nonsense");
    CHECK(reply.type == T_EXCEPTION);
    CHECK(reply.seqid == 77);
    CHECK(reply.exception.getType() == TApplicationException::UNKNOWN_METHOD);
  }
}

TEST_CASE("a refusal is answered as PROTOCOL_ERROR with its reason, as far as the head has come", "[host]") {
  for (const Protocol protocol : kSpoken) {
    for (const bool framed : {false, true}) {
      CAPTURE(wire::name(protocol), framed);
      CallPair pair(protocol);
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

}  // namespace
}  // namespace timeservice::host
