// A connection lives as long as its client wants.
#include <string>

#include "test/support/catch.h"
#include "test/support/dialects.h"
#include "test/support/echo_host.h"

namespace timeservice::test {
namespace {

// Stock servers of Thrift 0.17 cut a connection silently once 100 MiB went through
// it: a budget for one message that they never give back.
TEST_CASE("one connection carries more than 100 MiB of calls", "[host][load]") {
  const std::string token(900'000, 'x');
  for (const auto& mode : host::kModes) {
    for (const wire::Dialect& dialect : dialects_of(mode)) {
      // JSON goes byte by byte, and would take minutes.
      if (dialect.protocol == wire::Protocol::kJson) continue;
      const int calls = 130;
      INFO(mode.name << ' ' << wire::name(dialect.protocol) << ' ' << wire::name(dialect.transport));
      EchoHost host(options_for(mode.name));
      EchoConnection client(host.endpoint(), dialect.protocol, dialect.transport);
      int right = 0;
      for (int i = 0; i < calls; ++i) {
        std::string reply;
        client->echo(reply, token);
        if (reply.size() == token.size()) ++right;
      }
      CHECK(right == calls);
      CHECK(host.host().counters().bytes_in > static_cast<std::uint64_t>(calls) * token.size());
    }
  }
}

}  // namespace
}  // namespace timeservice::test
