// How a client's bytes are cut into segments changes nothing.
#include <sys/socket.h>

#include <string>
#include <string_view>

#include "test/support/catch.h"
#include "test/support/dialects.h"
#include "test/support/echo_host.h"
#include "test/support/written_call.h"

namespace timeservice::test {
namespace {

/// Sends some bytes and waits until the host has read them, so that what is sent
/// next comes by itself.
void send_apart(EchoHost& host, RawConnection& connection, std::string_view bytes) {
  const std::uint64_t before = host.host().counters().bytes_in;
  connection.send(bytes);
  CHECK(eventually([&] { return host.host().counters().bytes_in == before + bytes.size(); }));
}

/// A call of echo("token"), and what comes back when it is sent whole.
struct Exchange {
  std::string request;
  std::string reply;
};

Exchange exchange_of(const EchoHost& host, const wire::Dialect& dialect) {
  Exchange exchange{written(dialect, [](EchoClient& client) { client.send_echo("token"); }), {}};
  RawConnection connection(host.endpoint());
  connection.send(exchange.request);
  ::shutdown(connection.fd(), SHUT_WR);
  exchange.reply = connection.receive();
  return exchange;
}

TEST_CASE("a request cut at any byte is answered as if it had come whole", "[host]") {
  for (const auto& mode : host::kModes) {
    EchoHost host(options_for(mode.name));
    for (const wire::Dialect& dialect : dialects_of(mode)) {
      const auto [request, reply] = exchange_of(host, dialect);
      REQUIRE(reply.find("token") != std::string::npos);
      for (std::size_t cut = 1; cut < request.size(); ++cut) {
        INFO(mode.name << ' ' << wire::name(dialect.protocol) << ' ' << wire::name(dialect.transport)
                       << " at " << cut);
        RawConnection connection(host.endpoint());
        send_apart(host, connection, std::string_view(request).substr(0, cut));
        connection.send(std::string_view(request).substr(cut));
        CHECK(connection.receive(reply.size()) == reply);
      }
    }
  }
}

TEST_CASE("a request that comes byte by byte is answered, and so are many that come at once", "[host]") {
  for (const auto& mode : host::kModes) {
    EchoHost host(options_for(mode.name));
    for (const wire::Dialect& dialect : dialects_of(mode)) {
      INFO(mode.name << ' ' << wire::name(dialect.protocol) << ' ' << wire::name(dialect.transport));
      const auto [request, reply] = exchange_of(host, dialect);
      RawConnection connection(host.endpoint());
      for (const char byte : request) send_apart(host, connection, {&byte, 1});
      CHECK(connection.receive(reply.size()) == reply);

      std::string requests;
      std::string replies;
      for (int i = 0; i < 50; ++i) {
        requests += request;
        replies += reply;
      }
      connection.send(requests);
      CHECK(connection.receive(replies.size()) == replies);

      // And one that ends in the middle of the next.
      const std::size_t half = request.size() / 2;
      send_apart(host, connection, requests + request.substr(0, half));
      connection.send(request.substr(half));
      CHECK(connection.receive(replies.size() + reply.size()) == replies + reply);
    }
  }
}

}  // namespace
}  // namespace timeservice::test
