// One line for each call, at debug level.
#include <memory>
#include <string>
#include <vector>

#include <spdlog/sinks/ringbuffer_sink.h>
#include <thrift/TApplicationException.h>

#include "server/host/host.h"
#include "test/support/catch.h"
#include "test/support/dialects.h"
#include "test/support/echo_host.h"

namespace timeservice::test {
namespace {

/// A host of the echo service whose log is read.
struct LoggedHost {
  LoggedHost(const host::HostOptions& options, spdlog::level::level_enum level) {
    log->set_pattern("%v");
    log->set_level(level);
    served = std::make_unique<host::Host>(
        options, std::make_shared<echo_service::EchoProcessor>(std::make_shared<EchoHandler>(latch)), log);
    served->start();
  }
  ~LoggedHost() { served->stop(); }

  std::vector<std::string> calls() const {
    std::vector<std::string> lines;
    for (const std::string& line : sink->last_formatted()) {
      if (line.rfind("call ", 0) == 0) lines.push_back(line);
    }
    return lines;
  }

  Latch latch;
  std::shared_ptr<spdlog::sinks::ringbuffer_sink_mt> sink =
      std::make_shared<spdlog::sinks::ringbuffer_sink_mt>(500);
  std::shared_ptr<spdlog::logger> log = std::make_shared<spdlog::logger>("test", sink);
  std::unique_ptr<host::Host> served;
};

bool has(const std::string& line, const std::string& part) { return line.find(part) != std::string::npos; }

TEST_CASE("at debug level each call has its line, in every mode and dialect, and its arguments have not",
          "[host][log]") {
  using apache::thrift::TApplicationException;
  for (const auto& mode : host::kModes) {
    for (const wire::Dialect& dialect : dialects_of(mode)) {
      INFO(mode.name << ' ' << wire::name(dialect.protocol) << ' ' << wire::name(dialect.transport));
      LoggedHost host(options_for(mode.name), spdlog::level::debug);
      EchoConnection client(host.served->endpoints().front(), dialect.protocol, dialect.transport);
      std::string reply;
      client->echo(reply, "secret");
      CHECK_THROWS_AS(client->fail("secret"), TApplicationException);
      CHECK_THROWS_AS(client->refuse("secret", 1), echo_service::Refused);
      client->note("secret");
      client->notes();
      CHECK(eventually([&] { return host.calls().size() == 5; }));
      const auto lines = host.calls();
      REQUIRE(lines.size() == 5);
      CHECK(has(lines[0], "method=echo outcome=reply "));
      CHECK(has(lines[1], "method=fail outcome=exception "));
      CHECK(has(lines[2], "method=refuse outcome=declared "));
      CHECK(has(lines[3], "method=note outcome=oneway "));
      CHECK(has(lines[4], "method=notes outcome=reply "));
      for (const std::string& line : lines) {
        CAPTURE(line);
        CHECK(has(line, " peer=127.0.0.1:"));
        CHECK(has(line, " protocol=" + std::string(wire::name(dialect.protocol))));
        CHECK(has(line, " transport=" + std::string(wire::name(dialect.transport))));
        CHECK_FALSE(has(line, "secret"));
        CHECK_FALSE(has(line, "bytes_in=0"));
      }
      CHECK(has(lines[3], "bytes_out=0 "));
      CHECK_FALSE(has(lines[4], "bytes_out=0 "));
    }
  }
}

TEST_CASE("above debug level there is no line for a call", "[host][log]") {
  for (const auto& mode : host::kModes) {
    INFO(mode.name);
    LoggedHost host(options_for(mode.name), spdlog::level::info);
    EchoConnection client(host.served->endpoints().front(), wire::Protocol::kBinary,
                          wire::Transport::kFramed);
    std::string reply;
    for (int i = 0; i < 3; ++i) client->echo(reply, "x");
    CHECK(host.calls().empty());
  }
}

}  // namespace
}  // namespace timeservice::test
