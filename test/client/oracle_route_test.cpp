#include "client/oracle_route.h"

#include <vector>

#include "test/support/catch.h"

namespace timeservice::client {
namespace {

using std::chrono::milliseconds;

wire::Endpoint server(std::uint16_t port) { return {.host = "a", .port = port, .path = {}}; }

/// With waits of exactly their upper end.
OracleRoute route_over(std::vector<wire::Endpoint> endpoints) {
  RetryPolicy waits;
  waits.first_backoff = milliseconds(10);
  waits.max_backoff = milliseconds(50);
  return OracleRoute(std::move(endpoints), waits, {.sleep = nullptr, .random = [] { return 1.0; }});
}

TEST_CASE("servers that fail are asked in turn, with waits that double to a limit", "[oracle_route]") {
  OracleRoute route = route_over({server(1), server(2)});
  CHECK(route.current() == server(1));
  std::vector<std::int64_t> waits;
  for (int failure = 0; failure < 5; ++failure) {
    waits.push_back(route.failed().count());
    CHECK(route.current() == server(failure % 2 == 0 ? 2 : 1));
  }
  CHECK(waits == std::vector<std::int64_t>{10, 20, 40, 50, 50});
  route.succeeded();
  CHECK(route.current() == server(2));
  CHECK(route.failed() == milliseconds(10));
}

TEST_CASE("a leader that is named is asked at once, but not to and fro without a wait", "[oracle_route]") {
  OracleRoute route = route_over({server(1)});
  CHECK(route.redirected("a:7") == milliseconds(0));
  CHECK(route.current() == server(7));
  CHECK(route.redirected("a:1") == milliseconds(10));
  CHECK(route.current() == server(1));
  CHECK(route.redirected("a:7") == milliseconds(20));
  route.succeeded();
  CHECK(route.redirected("a:7") == milliseconds(0));
}

TEST_CASE("from a leader that fails it goes on from the server that named it", "[oracle_route]") {
  OracleRoute route = route_over({server(1), server(2), server(3)});
  for (const int next : {2, 3, 1, 2}) {
    route.redirected("a:7");
    CHECK(route.current() == server(7));
    route.failed();
    CHECK(route.current() == server(static_cast<std::uint16_t>(next)));
  }
}

TEST_CASE("a leader of the list that fails is not asked again as the next of the list", "[oracle_route]") {
  OracleRoute route = route_over({server(1), server(2), server(3)});
  route.redirected("a:2");
  route.failed();
  CHECK(route.current() == server(3));
  OracleRoute same = route_over({server(1), server(1)});
  same.failed();
  CHECK(same.current() == server(1));
}

TEST_CASE("servers that name each other keep no other from being asked", "[oracle_route]") {
  OracleRoute route = route_over({server(1), server(2), server(3)});
  int redirects = 0;
  while (!(route.current() == server(3)) && redirects < 20) {
    route.redirected(route.current() == server(1) ? "a:2" : "a:1");
    ++redirects;
  }
  CHECK(route.current() == server(3));
}

TEST_CASE("a leader that is none is a failure", "[oracle_route]") {
  for (const char* leader : {"", "nonsense", "*:9090", "a:0", "a b:1", "a:1"}) {
    CAPTURE(leader);
    OracleRoute route = route_over({server(1), server(2)});
    CHECK(route.redirected(leader) == milliseconds(10));
    CHECK(route.current() == server(2));
  }
}

TEST_CASE("who has asked by TLS is not led away from it", "[oracle_route]") {
  wire::Endpoint secret = server(1);
  secret.tls = true;
  wire::Endpoint leader = server(7);
  leader.tls = true;
  for (const char* named : {"a:7", "tls:a:7"}) {
    CAPTURE(named);
    OracleRoute route = route_over({secret, server(2)});
    route.redirected(named);
    CHECK(route.current() == leader);
  }
  // It is the server that named it.
  OracleRoute same = route_over({secret, server(2)});
  same.redirected("a:1");
  CHECK(same.current() == server(2));
  // It has no name to check.
  OracleRoute nameless = route_over({secret, server(2)});
  nameless.redirected("unix:/run/leader");
  CHECK(nameless.current() == server(2));
}

TEST_CASE("a leader that takes TLS is followed there", "[oracle_route]") {
  OracleRoute route = route_over({server(1), server(2)});
  route.redirected("tls:a:7");
  CHECK(route.current() == wire::Endpoint{.host = "a", .port = 7, .path = {}, .tls = true});
}

TEST_CASE("a server that puts off is asked again, not before it says", "[oracle_route]") {
  OracleRoute route = route_over({server(1), server(2)});
  CHECK(route.put_off(milliseconds(300)) == milliseconds(300));
  CHECK(route.put_off(milliseconds(0)) == milliseconds(20));
  CHECK(route.current() == server(1));
}

TEST_CASE("no server puts off for longer than a second", "[oracle_route]") {
  OracleRoute route = route_over({server(1)});
  CHECK(route.put_off(milliseconds(1001)) == milliseconds(1000));
  CHECK(route.put_off(std::chrono::hours(24)) == milliseconds(1000));
}

}  // namespace
}  // namespace timeservice::client
