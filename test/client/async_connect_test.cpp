// How an AsyncTimeClient finds a server.

#include <netdb.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <system_error>

#include "test/client/async_under_test.h"
#include "test/support/catch.h"

namespace timeservice::client {
namespace {

using std::chrono::milliseconds;

const std::string kRefused =
    "connect: connection refused: nothing listens there; start time-server or name its --endpoint";

/// The kind of the address of localhost that is tried last.
Peer::Address last_of_localhost() {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  REQUIRE(getaddrinfo("localhost", nullptr, &hints, &found) == 0);
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> all(found, freeaddrinfo);
  if (found->ai_next == nullptr) WARN("not tested to the end: localhost has one address on this machine");
  while (found->ai_next != nullptr) found = found->ai_next;
  return found->ai_family == AF_INET6 ? Peer::Address::kV6 : Peer::Address::kV4;
}

/// A unix socket that has as many clients waiting as it can.
class FullSocket {
 public:
  FullSocket() {
    address_.sun_family = AF_UNIX;
    std::snprintf(address_.sun_path, sizeof(address_.sun_path), "/tmp/async-connect-test-%d", getpid());
    REQUIRE(bind(listening_, any(), sizeof(address_)) == 0);
    REQUIRE(listen(listening_, 0) == 0);
    REQUIRE(connect(waiting_, any(), sizeof(address_)) == 0);
  }
  ~FullSocket() {
    close(waiting_);
    close(listening_);
    unlink(address_.sun_path);
  }
  wire::Endpoint endpoint() const { return {.host = {}, .port = 0, .path = address_.sun_path}; }

 private:
  const sockaddr* any() const { return reinterpret_cast<const sockaddr*>(&address_); }

  sockaddr_un address_{};
  const int listening_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int waiting_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
};

TEST_CASE("all calls that wait for a connection fail when no endpoint takes one", "[async_connect]") {
  DeadPort one;
  DeadPort two;
  AsyncTimeClient client(patient_options({one.endpoint(), two.endpoint()}));
  const std::string both = at(one.endpoint(), kRefused) + "; " + at(two.endpoint(), kRefused);
  auto first = client.get_time(kPatience);
  auto second = client.get_time(kPatience);
  CHECK(failure<ConnectError>(first) == both);
  CHECK_THROWS_AS(get(second), ConnectError);
}

TEST_CASE("the next call tries to connect again", "[async_connect]") {
  LocalClock clock;
  Peer peer(serving(clock), Peer::Address::kUnix);
  const wire::Endpoint link = {.host = {}, .port = 0, .path = peer.endpoint().path + "-link"};
  AsyncTimeClient client(patient_options({link}));
  CHECK_THROWS_AS(get(client.get_status(kPatience)), ConnectError);
  std::filesystem::create_symlink(peer.endpoint().path, link.path);
  CHECK(get(client.get_status(kPatience)).version == "9.8.7");
  std::filesystem::remove(link.path);
}

TEST_CASE("the next endpoint is taken when one takes no connection", "[async_connect]") {
  LocalClock clock;
  DeadPort port;
  Peer peer(serving(clock));
  AsyncTimeClient client(patient_options({port.endpoint(), peer.endpoint()}));
  CHECK(get(client.get_status(kPatience)).version == "9.8.7");
}

TEST_CASE("each way not to connect has the line of TimeClient", "[async_connect]") {
  const auto line = [](const wire::Endpoint& endpoint) {
    ClientOptions options = options_for({endpoint});
    options.retry.retries = 0;
    options.connect_timeout = milliseconds(100);
    AsyncTimeClient client(options);
    const std::string own = failure<ConnectError>(client.get_time(kPatience));
    CHECK(own == line_of<ConnectError>([&] { TimeClient(options).get_time(); }));
    return own;
  };
  DeadPort dead;
  CHECK(line(dead.endpoint()) == at(dead.endpoint(), kRefused));
  DeafPort deaf;
  CHECK(line(deaf.endpoint()) ==
        at(deaf.endpoint(),
           "connect: no answer within 100 ms: is the host up, and its port open in the firewall?"));
  // A label has at most 63 letters: the resolver knows without asking anybody.
  const wire::Endpoint nowhere = {.host = std::string(70, 'x'), .port = 1, .path = {}};
  CHECK(line(nowhere) == at(nowhere, "resolve: unknown host: check the name, and the resolver"));
  CHECK(line({.host = {}, .port = 0, .path = "/nonexistent/socket"}) ==
        "unix:/nonexistent/socket: connect: no such socket: start time-server or name its --endpoint");
  FullSocket full;
  CHECK(line(full.endpoint()) == at(full.endpoint(),
                                    "connect: too many clients wait to be accepted: the server may be "
                                    "overloaded or stopped"));
}

TEST_CASE("a call's deadline holds while it waits for a connection", "[async_connect]") {
  DeafPort deaf;
  AsyncTimeClient client(patient_options({deaf.endpoint()}));
  CHECK(failure<TimeoutError>(client.get_time(milliseconds(50))) ==
        at(deaf.endpoint(),
           "connect: no connection within 50 ms: is the host up, and its port open in the firewall?"));
}

TEST_CASE("a call that could not wait for the connection is not sent when it is there", "[async_connect]") {
  DeafPort deaf;
  Peer peer([&](PeerConnection& connection, int) {
    connection.reply_text(connection.read_request(), "the patient one's");
    connection.wait_until_closed();
  });
  ClientOptions options = patient_options({deaf.endpoint(), peer.endpoint()});
  options.connect_timeout = milliseconds(300);
  AsyncTimeClient client(options);
  auto hasty = client.get_time(milliseconds(50));
  auto patient = client.get_time(kPatience);
  CHECK_THROWS_AS(get(hasty), TimeoutError);
  CHECK(get(patient) == "the patient one's");
}

TEST_CASE("localhost is each of its addresses, until one takes the connection", "[async_connect]") {
  LocalClock clock;
  std::optional<Peer> peer;
  try {
    peer.emplace(serving(clock), last_of_localhost());
  } catch (const std::system_error& error) {
    WARN("not tested to the end, localhost has an address that this machine lacks: " << error.what());
    peer.emplace(serving(clock));
  }
  AsyncTimeClient client(patient_options({{.host = "localhost", .port = peer->endpoint().port, .path = {}}}));
  CHECK(get(client.get_status(kPatience)).version == "9.8.7");
}

TEST_CASE("a unix socket is an endpoint of the asynchronous client", "[async_connect]") {
  LocalClock clock;
  Peer peer(serving(clock), Peer::Address::kUnix);
  AsyncTimeClient client(patient_options({peer.endpoint()}));
  CHECK(get(client.get_status(kPatience)).version == "9.8.7");
}

TEST_CASE("an IPv6 address is an endpoint of the asynchronous client", "[async_connect]") {
  LocalClock clock;
  std::optional<Peer> peer;
  try {
    peer.emplace(serving(clock), Peer::Address::kV6);
  } catch (const std::system_error& error) {
    WARN("not tested, this machine has no IPv6 loopback: " << error.what());
    return;
  }
  AsyncTimeClient client(patient_options({peer->endpoint()}));
  CHECK(get(client.get_status(kPatience)).version == "9.8.7");
}

}  // namespace
}  // namespace timeservice::client
