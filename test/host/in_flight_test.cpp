// A server that runs as many calls as it may says no to one more.
#include <chrono>
#include <string>
#include <vector>

#include <thrift/TApplicationException.h>

#include "test/host/overload_clients.h"
#include "test/support/catch.h"
#include "test/support/dialects.h"
#include "test/support/written_call.h"

namespace timeservice::test {
namespace {

using apache::thrift::TApplicationException;

/// Ways to serve in which two calls at most are let in, and no more threads run.
std::vector<host::HostOptions> two_at_a_time() {
  std::vector<host::HostOptions> ways;
  for (const auto& mode : host::kModes) {
    if (!mode.takes_max_in_flight) continue;
    ways.push_back(options_for(mode.name));
    if (mode.takes_threads) ways.back().threads = 2;
    ways.back().max_in_flight = 2;
  }
  return ways;
}

/// Two calls of two clients, which run until they are ended.
class TwoCalls {
 public:
  explicit TwoCalls(EchoHost& host)
      : latch_(host.latch()), one_(call_block(host, "one")), other_(call_block(host, "other")) {
    latch_.until_waiting(2);
  }
  void end() {
    latch_.release();
    CHECK(one_.get() == "one");
    CHECK(other_.get() == "other");
  }

 private:
  Latch& latch_;
  std::future<std::string> one_;
  std::future<std::string> other_;
};

TEST_CASE(
    "a call over max_in_flight is answered at once, though no thread is free, and its connection goes on",
    "[host][overload]") {
  for (const auto& options : two_at_a_time()) {
    for (const wire::Dialect& dialect : dialects_of(host::mode_for(options))) {
      INFO(options.mode << ' ' << wire::name(dialect.protocol) << ' ' << wire::name(dialect.transport));
      EchoHost host(options);
      TwoCalls both(host);
      EchoConnection third(host.endpoint(), dialect.protocol, dialect.transport);
      for (int i = 0; i < 3; ++i) CHECK(begins(refusal_of(third), "overloaded: 2 calls"));
      CHECK(host.host().call_metrics().shed_in_flight == 3);
      both.end();
      CHECK(eventually([&] { return refusal_of(third).empty(); }));
      CHECK(host.host().counters().connections_closed <= 2);  // those two clients have left
    }
  }
}

TEST_CASE("a call that waits for a thread has a place, as one that runs", "[host][overload]") {
  for (auto options : two_at_a_time()) {
    if (!options.threads) continue;
    INFO(options.mode);
    options.threads = 1;
    options.measure_calls = true;
    EchoHost host(options);
    auto runs = call_block(host, "runs");
    host.latch().until_waiting(1);
    auto waits = call_block(host, "waits");
    CHECK(eventually([&] { return host.host().call_metrics().in_flight == 2; }));
    EchoConnection third = connect(host);
    CHECK(begins(refusal_of(third), "overloaded: 2 calls"));
    host.latch().release();
    CHECK(runs.get() == "runs");
    CHECK(waits.get() == "waits");
    CHECK(eventually([&] { return refusal_of(third).empty(); }));
  }
}

TEST_CASE("pipelined calls over max_in_flight are answered one by one, in their order", "[host][overload]") {
  constexpr int kCalls = 20;
  for (const auto& options : two_at_a_time()) {
    for (const wire::Dialect& dialect : dialects_of(host::mode_for(options))) {
      INFO(options.mode << ' ' << wire::name(dialect.protocol) << ' ' << wire::name(dialect.transport));
      EchoHost host(options);
      TwoCalls both(host);
      EchoConnection third(host.endpoint(), dialect.protocol, dialect.transport);
      for (int i = 1; i <= kCalls; ++i) {
        const auto out = third.protocol();
        out->writeMessageBegin("notes", apache::thrift::protocol::T_CALL, i);
        out->writeStructBegin("");
        out->writeFieldStop();
        out->writeStructEnd();
        out->writeMessageEnd();
        out->getTransport()->writeEnd();
        out->getTransport()->flush();
      }
      bool in_order = true;
      for (int i = 1; i <= kCalls; ++i) {
        std::string method;
        apache::thrift::protocol::TMessageType type{};
        std::int32_t seqid = 0;
        const auto in = third->getInputProtocol();
        in->readMessageBegin(method, type, seqid);
        TApplicationException said;
        said.read(in.get());
        in->readMessageEnd();
        in->getTransport()->readEnd();
        in_order = in_order && seqid == i && type == apache::thrift::protocol::T_EXCEPTION;
      }
      CHECK(in_order);
      both.end();
    }
  }
}

TEST_CASE("a oneway call over max_in_flight is dropped and counted", "[host][overload]") {
  for (const auto& options : two_at_a_time()) {
    INFO(options.mode);
    EchoHost host(options);
    TwoCalls both(host);
    EchoConnection third = connect(host);
    third->note("dropped");
    CHECK(begins(refusal_of(third), "overloaded: "));
    CHECK(host.host().call_metrics().shed_in_flight == 2);
    both.end();
    CHECK(eventually([&] { return refusal_of(third).empty(); }));
    CHECK(third->notes() == 0);
  }
}

TEST_CASE("a client that sends half a call, then the rest, is refused for the whole of it",
          "[host][overload]") {
  const std::string call = written(kFramedBinary, [](EchoClient& c) { c.send_echo("x"); });
  for (const auto& options : two_at_a_time()) {
    INFO(options.mode);
    EchoHost host(options);
    TwoCalls both(host);
    RawConnection third(host.endpoint());
    REQUIRE(third.send(call.substr(0, 7)));
    // Whatever the server does with the half, it is no call yet.
    EchoConnection fourth = connect(host);
    CHECK(begins(refusal_of(fourth), "overloaded: "));
    CHECK(host.host().call_metrics().shed_in_flight == 1);
    REQUIRE(third.send(call.substr(7)));
    CHECK(third.receive(4).size() == 4);
    CHECK(host.host().call_metrics().shed_in_flight == 2);
    both.end();
  }
}

TEST_CASE("bad bytes are refused as ever while calls are shed", "[host][overload]") {
  for (const auto& options : two_at_a_time()) {
    INFO(options.mode);
    EchoHost host(options);
    TwoCalls both(host);
    RawConnection bad(host.endpoint());
    REQUIRE(bad.send(std::string("\x16\x03\x01\x00\x00", 5)));
    EchoConnection third = connect(host);
    CHECK(begins(refusal_of(third), "overloaded: "));
    both.end();
    bad.receive();
    CHECK(eventually([&] { return host.refused_for(wire::WireError::kTls) == 1; }));
  }
}

}  // namespace
}  // namespace timeservice::test
