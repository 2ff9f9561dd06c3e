// What is told of a connection that could not be made, and to whom.

#include "client/dial.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <string>
#include <thread>
#include <vector>

#include <thrift/TOutput.h>

#include "client/client_socket.h"
#include "client/error_translation.h"
#include "test/client/client_under_test.h"
#include "test/client/peer.h"
#include "test/support/catch.h"

namespace timeservice::client {
namespace {

using std::chrono::milliseconds;

std::string told(const std::vector<ConnectFailure>& failures) {
  const wire::Endpoint endpoint = {.host = "localhost", .port = 9090, .path = {}};
  return connect_error(endpoint, ClientOptions{}, failures).what();
}

const std::string kRefused =
    "localhost:9090: connect: connection refused: nothing listens there; start time-server or name its "
    "--endpoint";

TEST_CASE("an address that this machine has no way to goes unmentioned beside another", "[dial]") {
  for (const int no_way : {EADDRNOTAVAIL, EAFNOSUPPORT, ENETUNREACH}) {
    CAPTURE(no_way);
    CHECK(told({{"::1", no_way}, {"127.0.0.1", ECONNREFUSED}}) == kRefused);
    CHECK(told({{"127.0.0.1", ECONNREFUSED}, {"::1", no_way}}) == kRefused);
  }
  CHECK(told({{"::1", EADDRNOTAVAIL}}) ==
        "localhost:9090: connect: nothing to connect from: does this machine have such addresses, and free "
        "ports?");
}

TEST_CASE("addresses that fail alike are told once, others each with its reason", "[dial]") {
  CHECK(told({{"::1", ECONNREFUSED}, {"127.0.0.1", ECONNREFUSED}}) == kRefused);
  CHECK(told({{"::1", ECONNREFUSED}, {"127.0.0.1", kNoAnswer}}) ==
        "localhost:9090: connect: connection refused (::1), no answer within 2000 ms (127.0.0.1): nothing "
        "listens there; start time-server or name its --endpoint; is the host up, and its port open in the "
        "firewall?");
  CHECK(told({{"::1", EHOSTUNREACH}, {"127.0.0.1", EPERM}}) ==
        "localhost:9090: connect: host unreachable (::1), Operation not permitted (127.0.0.1): check the "
        "address and the network; check --endpoint");
}

TEST_CASE("one address that comes to no agreement on TLS is enough for a permanent error", "[dial]") {
  const wire::Endpoint endpoint = {.host = "localhost", .port = 9443, .path = {}, .tls = true};
  const ConnectFailure refused{"::1", ECONNREFUSED};
  const ConnectFailure expired{"127.0.0.1", kNoTls, {.cause = "expired", .advice = "renew it"}};
  const ConnectFailure cut_off{"127.0.0.1", kNoTls, {.cause = "closed", .advice = "", .permanent = false}};
  CHECK(connect_error(endpoint, {}, {refused, expired}).permanent());
  CHECK(connect_error(endpoint, {}, {cut_off, expired}).permanent());
  CHECK_FALSE(connect_error(endpoint, {}, {refused, cut_off}).permanent());
  CHECK_FALSE(connect_error(endpoint, {}, {refused}).permanent());
}

TEST_CASE("Thrift prints nothing of what the library reports", "[dial]") {
  static std::atomic<int> printed;
  DeadPort dead;
  DeafPort deaf;
  const wire::Endpoint unknown = {.host = std::string(70, 'x'), .port = 1, .path = {}};
  const wire::Endpoint no_socket = {.host = {}, .port = 0, .path = "/nonexistent/socket"};
  ClientOptions options = options_for({dead.endpoint(), deaf.endpoint(), unknown, no_socket});
  options.retry.retries = 0;
  options.connect_timeout = milliseconds(50);
  printed = 0;
  apache::thrift::GlobalOutput.setOutputFunction([](const char*) { ++printed; });
  CHECK_THROWS_AS(TimeClient(options).get_time(), ConnectError);
  CHECK(printed == 0);
  options_for({});  // the tests' own peers do print
}

TEST_CASE("a socket that is connected to itself is found out", "[dial]") {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  REQUIRE(fd >= 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* any = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof(address);
  REQUIRE(bind(fd, any, size) == 0);
  REQUIRE(getsockname(fd, any, &size) == 0);
  CHECK_FALSE(is_connected_to_itself(fd));
  REQUIRE(connect(fd, any, size) == 0);
  CHECK(is_connected_to_itself(fd));
  close(fd);
}

TEST_CASE("signals neither end a call nor give it more time", "[dial]") {
  struct sigaction ignoring {};
  ignoring.sa_handler = [](int) {};  // without SA_RESTART
  struct sigaction before {};
  REQUIRE(sigaction(SIGUSR1, &ignoring, &before) == 0);
  Peer peer([](PeerConnection& connection, int) { connection.wait_until_closed(); });
  ClientOptions options = options_for({peer.endpoint()});
  options.receive_timeout = milliseconds(200);
  std::atomic<bool> done = false;
  std::thread disturber([&, calling = pthread_self()] {
    for (; !done; std::this_thread::sleep_for(milliseconds(5))) pthread_kill(calling, SIGUSR1);
  });
  const auto start = std::chrono::steady_clock::now();
  CHECK_THROWS_AS(TimeClient(options).get_time(), TimeoutError);
  const auto waited = std::chrono::steady_clock::now() - start;
  done = true;
  disturber.join();
  sigaction(SIGUSR1, &before, nullptr);
  CHECK(waited >= milliseconds(200));
  CHECK(waited < milliseconds(5000));
}

}  // namespace
}  // namespace timeservice::client
