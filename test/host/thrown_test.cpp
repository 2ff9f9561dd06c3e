// What the log tells of handlers that throw what the IDL does not declare.
#include <array>
#include <memory>
#include <stdexcept>
#include <string>

#include <thrift/TApplicationException.h>

#include "server/host/host.h"
#include "server/host/modes.h"
#include "test/support/captured_log.h"
#include "test/support/catch.h"
#include "test/support/dialects.h"
#include "test/support/echo_host.h"
#include "wire/direct_processor.h"

namespace timeservice::test {
namespace {

class ThrowingHandler : public EchoHandler {
 public:
  using EchoHandler::EchoHandler;
  void note(const std::string& token) override { throw std::runtime_error(token); }
};

/// A host whose log is looked at.
class LoggedHost {
 public:
  explicit LoggedHost(const host::HostOptions& options)
      : host_(options,
              std::make_shared<wire::DirectProcessor<echo_service::EchoProcessorT, wire::BinaryProtocol>>(
                  std::make_shared<ThrowingHandler>(latch_)),
              log_.logger()) {
    host_.start();
  }
  ~LoggedHost() { host_.stop(); }
  LoggedHost(const LoggedHost&) = delete;
  LoggedHost& operator=(const LoggedHost&) = delete;

  EchoConnection connect(wire::Protocol protocol = wire::Protocol::kBinary) const {
    return {endpoint(), protocol, wire::Transport::kFramed};
  }
  const wire::Endpoint& endpoint() const { return host_.endpoints().front(); }
  std::size_t lines(const std::string& text) const { return log_.count(text); }

 private:
  CapturedLog log_;
  Latch latch_;
  host::Host host_;
};

constexpr auto kProtocols =
    std::to_array({wire::Protocol::kBinary, wire::Protocol::kCompact, wire::Protocol::kJson});

TEST_CASE("what a handler throws is told by the log, in every mode and protocol", "[host][log]") {
  for (const auto& mode : host::kModes) {
    for (const wire::Protocol protocol : kProtocols) {
      INFO(mode.name << ' ' << wire::name(protocol));
      for (const bool measured : {false, true}) {
        host::HostOptions options = options_for(mode.name);
        options.measure_calls = measured;
        LoggedHost host(options);
        EchoConnection client = host.connect(protocol);
        CHECK_THROWS_AS(client->fail("database gone"), apache::thrift::TApplicationException);
        CHECK(host.lines("Echo.fail: the handler threw: database gone") == 1);
        CHECK_THROWS_AS(client->fail("int"), apache::thrift::TApplicationException);
        CHECK(host.lines("Echo.fail: the handler threw: an exception that is no std::exception") == 1);
        // Of which the client hears nothing.
        client->note("disk full");
        std::string reply;
        client->echo(reply, "x");
        CHECK(host.lines("Echo.note: the handler threw: disk full") == 1);
        CHECK(host.lines("the handler threw") == 3);
      }
    }
  }
}

TEST_CASE("no line is written for a declared exception, for wrong arguments or an unknown method",
          "[host][log]") {
  for (const auto& mode : host::kModes) {
    INFO(mode.name);
    LoggedHost host(options_for(mode.name));
    EchoConnection client = host.connect();
    CHECK_THROWS_AS(client->refuse("no", 1), echo_service::Refused);
    for (const std::string call : {"[1,\"echo\",1,1,{\"1\":{\"str\":7}}]", "[1,\"nothing\",1,1,{}]"}) {
      RawConnection raw(host.endpoint());
      REQUIRE(raw.send(std::string{0, 0, 0, static_cast<char>(call.size())} + call));
      CHECK(raw.receive(8).size() == 8);
    }
    CHECK(host.lines("the handler threw") == 0);
    CHECK_THROWS(client->fail("x"));
    CHECK(host.lines("the handler threw") == 1);
  }
}

TEST_CASE("what a handler says is one line of plain characters, however long it is", "[host][log]") {
  LoggedHost host(options_for("reactor"));
  EchoConnection client = host.connect();
  CHECK_THROWS(client->fail("gone\nerror: \x1b[2Jforged"));
  CHECK(host.lines("Echo.fail: the handler threw: gone\\x0aerror: \\x1b[2Jforged") == 1);
  CHECK_THROWS(client->fail(std::string(10'000, 'x')));
  CHECK(host.lines("threw: " + std::string(500, 'x') + "...") == 1);
  CHECK(host.lines(std::string(501, 'x')) == 0);
}

}  // namespace
}  // namespace timeservice::test
