// A connection that was refused stays refused: nothing of it is run any more.
#include <sys/socket.h>

#include <string>

#include "test/host/hostile_bytes.h"
#include "test/support/catch.h"
#include "test/support/dialects.h"
#include "test/support/echo_host.h"

namespace timeservice::test {
namespace {

using wire::WireError;

TEST_CASE("what is refused stays refused, however its first message is cut", "[host][hostile]") {
  for (const auto& mode : host::kModes) {
    for (const wire::Dialect& spoken : {wire::Dialect{wire::Protocol::kCompact, wire::Transport::kBuffered},
                                        wire::Dialect{wire::Protocol::kBinary, wire::Transport::kBuffered},
                                        wire::Dialect{wire::Protocol::kCompact, wire::Transport::kFramed}}) {
      for (const bool oneway : {false, true}) {
        INFO(mode.name << ' ' << wire::name(spoken.protocol) << ' ' << wire::name(spoken.transport));
        auto options = options_for(mode.name);
        options.protocol = wire::Protocol::kBinary;
        options.transport = wire::Transport::kFramed;
        EchoHost host(options);
        const bool compact = spoken.protocol == wire::Protocol::kCompact;
        const std::string kind = compact ? bytes({0x82, oneway ? 0x81 : 0x21, 0, 4}) + "note" + bytes({0})
                                         : bytes({0x80, 1, 0, oneway ? 4 : 1}) + big_endian(4) + "note" +
                                               big_endian(0) + bytes({0});
        const std::string message = spoken.transport == wire::Transport::kFramed ? framed(kind) : kind;
        RawConnection connection(host.endpoint());
        const auto refused = [&] {
          return host.refused_for(WireError::kProtocolRefused) +
                 host.refused_for(WireError::kTransportRefused);
        };
        const std::size_t first = spoken.transport == wire::Transport::kFramed ? 6 : 2;
        connection.send(message.substr(0, first));
        // A mode that waits for the whole frame refuses it only then.
        if (mode.carries_buffered || spoken.transport == wire::Transport::kBuffered) {
          CHECK(eventually([&] { return refused() == 1; }));
        }
        connection.send(message.substr(first));
        connection.send(message);
        ::shutdown(connection.fd(), SHUT_WR);
        connection.receive();
        CHECK(eventually([&] { return refused() == 1; }));
        EchoConnection good(host.endpoint(), wire::Protocol::kBinary, wire::Transport::kFramed);
        CHECK(good->notes() == 0);
      }
    }
  }
}

TEST_CASE("nothing behind a refused message is run", "[host][hostile]") {
  for (const auto& mode : host::kModes) {
    INFO(mode.name);
    EchoHost host(options_for(mode.name));
    {
      RawConnection connection(host.endpoint());
      const std::string note = bytes({0x80, 1, 0, 4}) + big_endian(4) + "note" + big_endian(0) + bytes({0});
      std::string all = framed(note) + framed("garbage!");
      for (int i = 0; i < 5; ++i) all += framed(note);
      connection.send(all);
      ::shutdown(connection.fd(), SHUT_WR);
      connection.receive();
    }
    CHECK(eventually([&] { return host.host().connections_open() == 0; }));
    EchoConnection good(host.endpoint(), wire::Protocol::kBinary, wire::Transport::kFramed);
    CHECK(good->notes() == 1);
  }
}

}  // namespace
}  // namespace timeservice::test
