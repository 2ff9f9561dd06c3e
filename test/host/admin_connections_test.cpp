// The admin endpoint's connections: no client holds it up, or keeps others out.
#include <poll.h>
#include <sys/socket.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "test/host/served_pages.h"
#include "test/support/catch.h"
#include "test/support/cpu_seconds.h"
#include "test/support/descriptor_shortage.h"

namespace timeservice::test {
namespace {

using std::chrono::milliseconds;

/// Whether nothing comes, and no end either, for a moment.
bool silent(const HttpConnection& connection, milliseconds moment) {
  pollfd waiting{.fd = connection.fd(), .events = POLLIN, .revents = 0};
  return ::poll(&waiting, 1, static_cast<int>(moment.count())) == 0;
}

TEST_CASE("a client that does not finish its request is closed, and so is one that says nothing", "[admin]") {
  const ServedPages served({.request = milliseconds(100)});
  HttpConnection mute(served.endpoint());
  HttpConnection slow(served.endpoint());
  slow.send("GET /hello HTTP/1.1\r\nHost: ");
  HttpConnection body(served.endpoint());
  body.send("GET /hello HTTP/1.1\r\nContent-Length: 10\r\n\r\nfour");
  HttpConnection second(served.endpoint());
  second.get("/hello");
  CHECK(second.receive().status == 200);
  second.send("GET /hel");
  CHECK(mute.rest().empty());
  CHECK(slow.rest().empty());
  CHECK(body.rest().empty());
  CHECK(second.rest().empty());
  CHECK(http_get(served.endpoint(), "/hello").status == 200);
}

TEST_CASE("a byte now and then does not keep a request going", "[admin]") {
  const ServedPages served({.request = milliseconds(200)});
  HttpConnection drip(served.endpoint());
  drip.send("GET /hello HTTP/1.1\r\nX: ");
  int sent = 0;
  while (silent(drip, milliseconds(20)) && drip.send("x")) ++sent;
  CHECK(sent < 200);
  CHECK(drip.rest().empty());
}

TEST_CASE("between requests a client may be silent for longer, and then is closed", "[admin]") {
  const ServedPages served({.request = milliseconds(50), .idle = milliseconds(400)});
  HttpConnection connection(served.endpoint());
  connection.get("/hello");
  CHECK(connection.receive().status == 200);
  CHECK(silent(connection, milliseconds(150)));
  connection.get("/hello");
  CHECK(connection.receive().status == 200);
  CHECK(connection.rest().empty());
}

TEST_CASE("a client that does not take its answer is closed", "[admin]") {
  const ServedPages served({.request = milliseconds(200)});
  HttpConnection greedy(served.endpoint());
  std::string requests;
  for (int i = 0; i < 100; ++i) requests += "GET /large HTTP/1.1\r\nHost: test\r\n\r\n";
  greedy.send(requests);
  // Reading it all only once the server has given up: the rest of the 600 MB is missing.
  CHECK(eventually([&] { return !greedy.send("GET /hello HTTP/1.1\r\n\r\n"); }));
  CHECK(http_get(served.endpoint(), "/hello").status == 200);
}

TEST_CASE("beyond 64 connections the one that was idle for longest gives way", "[admin]") {
  const ServedPages served;
  std::vector<std::unique_ptr<HttpConnection>> open;
  for (std::size_t i = 0; i < host::AdminHttp::kMostConnections; ++i) {
    open.push_back(std::make_unique<HttpConnection>(served.endpoint()));
    open.back()->get("/hello");
    REQUIRE(open.back()->receive().status == 200);
  }
  open[0]->get("/hello");  // not the oldest any more
  REQUIRE(open[0]->receive().status == 200);

  HttpConnection one_more(served.endpoint());
  one_more.get("/hello");
  CHECK(one_more.receive().status == 200);
  CHECK(open[1]->rest().empty());
  for (const std::size_t kept : {0u, 2u, 63u}) {
    open[kept]->get("/json");
    CHECK(open[kept]->receive().body == "{}\n");
  }
}

TEST_CASE("who is between requests gives way to who has begun one, and that one to who takes an answer",
          "[admin]") {
  const ServedPages served({.request = std::chrono::minutes(1)});
  HttpConnection takes(served.endpoint());
  takes.get("/large");
  std::string first(1, '\0');  // its answer is under way
  REQUIRE(::recv(takes.fd(), first.data(), 1, MSG_PEEK) == 1);
  std::vector<std::unique_ptr<HttpConnection>> begun;
  for (std::size_t i = 0; i < host::AdminHttp::kMostConnections - 2; ++i) {
    begun.push_back(std::make_unique<HttpConnection>(served.endpoint()));
    begun.back()->send("GET /hel");
  }
  HttpConnection idle(served.endpoint());
  idle.get("/hello");
  REQUIRE(idle.receive().status == 200);

  HttpConnection one_more(served.endpoint());
  one_more.send("GET /hel");
  CHECK(idle.rest().empty());
  const HttpReply another = http_get(served.endpoint(), "/hello");
  CHECK(another.status == 200);
  CHECK(begun[0]->rest().empty());
  begun[1]->send("lo HTTP/1.1\r\nHost: test\r\n\r\n");
  CHECK(begun[1]->receive().body == "hello\n");
  CHECK(takes.receive().body.size() == 6 << 20);
}

TEST_CASE("connections that never ask, however many, keep nobody out", "[admin]") {
  const ServedPages served;
  std::vector<std::unique_ptr<HttpConnection>> mute;
  for (int i = 0; i < 300; ++i) {
    mute.push_back(std::make_unique<HttpConnection>(served.endpoint()));
    if (i % 2 == 0) mute.back()->send("GET /hel");
    if (i % 50 == 0) CHECK(http_get(served.endpoint(), "/hello").status == 200);
  }
  CHECK(http_get(served.endpoint(), "/hello").status == 200);
}

TEST_CASE("64 that take their answers slowly keep nobody out", "[admin]") {
  const ServedPages served({.request = std::chrono::minutes(1)});
  std::vector<std::unique_ptr<HttpConnection>> greedy;
  for (std::size_t i = 0; i < host::AdminHttp::kMostConnections; ++i) {
    greedy.push_back(std::make_unique<HttpConnection>(served.endpoint()));
    greedy.back()->get("/large");
    std::string first(1, '\0');  // its answer is under way
    REQUIRE(::recv(greedy.back()->fd(), first.data(), 1, MSG_PEEK) == 1);
  }
  for (int i = 0; i < 10; ++i) CHECK(http_get(served.endpoint(), "/hello").status == 200);
}

TEST_CASE("without descriptors it rests, and accepts again later", "[admin]") {
  const ServedPages served;
  HttpConnection open(served.endpoint());
  open.get("/hello");
  REQUIRE(open.receive().status == 200);  // the server opens nothing more until the next client comes

  auto shortage = std::make_optional<DescriptorShortage>(1);
  HttpConnection waiting(served.endpoint());
  waiting.get("/hello");
  const double before = cpu_seconds();
  CHECK(silent(waiting, milliseconds(300)));
  CHECK(cpu_seconds() - before < 0.2);
  shortage.reset();
  CHECK(waiting.receive().body == "hello\n");
}

TEST_CASE("it ends at once, whoever is connected", "[admin]") {
  auto served = std::make_unique<ServedPages>();
  HttpConnection idle(served->endpoint());
  idle.get("/hello");
  REQUIRE(idle.receive().status == 200);
  HttpConnection half(served->endpoint());
  half.send("GET /hel");
  HttpConnection greedy(served->endpoint());
  greedy.get("/large");
  served.reset();
  CHECK(idle.rest().empty());
  CHECK(half.rest().empty());
}

}  // namespace
}  // namespace timeservice::test
