#include "server/host/call_runner.h"

#include <memory>
#include <string>
#include <vector>

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

TEST_CASE("a call is answered in the protocol it came in", "[host]") {
  for (const Protocol protocol : kSpoken) {
    CAPTURE(wire::name(protocol));
    CallPair pair(protocol);
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
    CallPair pair(protocol);
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

TEST_CASE("a message that is no call is not answered", "[host]") {
  for (const Protocol protocol : kSpoken) {
    for (const bool framed : {false, true}) {
      for (const TMessageType type : {T_REPLY, T_EXCEPTION}) {
        CAPTURE(wire::name(protocol), framed, int{type});
        CallPair pair(protocol);
        CHECK_FALSE(pair.runner.run(pair.message("echo", type, 1), framed));
        CHECK(pair.runner.replies().empty());
      }
      CAPTURE(wire::name(protocol), framed);
      CallPair pair(protocol);
      CHECK_FALSE(pair.runner.run(test::from_text("nonsense"), framed));
      CHECK_FALSE(pair.runner.run({}, framed));
      CHECK(pair.runner.replies().empty());
      pair.check_echo("next");
    }
  }
}

TEST_CASE("a oneway call is never answered, known or not, framed or not", "[host]") {
  for (const Protocol protocol : kSpoken) {
    for (const bool framed : {false, true}) {
      CAPTURE(wire::name(protocol), framed);
      CallPair pair(protocol);
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

TEST_CASE("replies gather in order, each behind its own length where they are framed", "[host]") {
  for (const Protocol protocol : kSpoken) {
    CAPTURE(wire::name(protocol));
    CallPair pair(protocol);
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
    CallPair pair(protocol);
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

}  // namespace
}  // namespace timeservice::host
