// Running out of descriptors, and clients that are gone before they are accepted,
// end no mode; it serves again as soon as it can.
#include <sys/socket.h>

#include <string>
#include <vector>

#include "test/support/catch.h"
#include "test/support/cpu_seconds.h"
#include "test/support/descriptor_shortage.h"
#include "test/support/dialects.h"
#include "test/support/echo_host.h"

namespace timeservice::test {
namespace {

TEST_CASE("without descriptors a host serves whom it has, rests, and accepts again later", "[host]") {
  for (const auto& mode : host::kModes) {
    INFO(mode.name);
    EchoHost host(options_for(mode.name));
    EchoConnection early(host.endpoint(), wire::Protocol::kBinary, wire::Transport::kFramed);
    std::string reply;
    early->echo(reply, "t");
    std::unique_ptr<EchoConnection> waiting;
    {
      const DescriptorShortage shortage(1);  // one: for the client's own end
      waiting = std::make_unique<EchoConnection>(host.endpoint(), wire::Protocol::kBinary,
                                                 wire::Transport::kFramed);
      (*waiting)->send_echo("patient");
      const double before = cpu_seconds();
      // It tries and rests several times; a busy loop would count thousands.
      CHECK(eventually([&] { return host.host().counters().accept_errors >= 3; }));
      CHECK(host.host().counters().accept_errors < 100);
      CHECK(cpu_seconds() - before < 1.0);
      early->echo(reply, "served meanwhile");
      CHECK(reply == "served meanwhile");
    }
    (*waiting)->recv_echo(reply);
    CHECK(reply == "patient");
  }
}

TEST_CASE("clients that reset before they are accepted, or in a call, end nothing", "[host]") {
  for (const auto& mode : host::kModes) {
    INFO(mode.name);
    EchoHost host(options_for(mode.name));
    const linger reset{.l_onoff = 1, .l_linger = 0};
    for (int i = 0; i < 200; ++i) {
      RawConnection connection(host.endpoint());
      if (i % 2 == 0) connection.send(std::string("\0\0\0\x12\x80\x01\0\x01\0\0\0\x05notes\0\0\0\0\0", 22));
      ::setsockopt(connection.fd(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    }
    EchoConnection client(host.endpoint(), wire::Protocol::kBinary, wire::Transport::kFramed);
    std::string reply;
    client->echo(reply, "good");
    CHECK(reply == "good");
    CHECK(eventually([&] { return host.host().connections_open() == 1; }));
  }
}

}  // namespace
}  // namespace timeservice::test
