// The admin endpoint as HTTP: what it takes, what it refuses, and where it listens.
#include <unistd.h>

#include <string>

#include <fmt/format.h>

#include "server/host/listen_socket.h"
#include "server/host/start_error.h"
#include "test/host/served_pages.h"
#include "test/support/catch.h"

namespace timeservice::test {
namespace {

TEST_CASE("a page is answered with its status, its type and its body, and is not to be kept", "[admin]") {
  const ServedPages served;
  const HttpReply hello = http_get(served.endpoint(), "/hello");
  CHECK(hello.status == 200);
  CHECK(hello.body == "hello\n");
  CHECK(hello.headers.at("content-type") == "text/plain; charset=utf-8");
  CHECK(hello.headers.at("cache-control") == "no-store");
  CHECK(http_get(served.endpoint(), "/json").headers.at("content-type") == "application/json");
  const HttpReply no = http_get(served.endpoint(), "/not");
  CHECK(no.status == 503);
  CHECK(no.body == "not now\n");
}

TEST_CASE("a query behind the path changes nothing", "[admin]") {
  const ServedPages served;
  for (const auto* target : {"/hello?", "/hello?name=x&name=y", "/hello#there"}) {
    INFO(target);
    CHECK(http_get(served.endpoint(), target).body == "hello\n");
  }
}

TEST_CASE("the root lists the pages, and so does the answer to a path that is none", "[admin]") {
  const ServedPages served;
  const HttpReply root = http_get(served.endpoint(), "/");
  CHECK(root.status == 200);
  CHECK(root.body.find("/hello     a greeting\n") == 0);
  for (const auto* target : {"/hell", "/hello/", "//hello", "/HELLO", "hello", "/%68ello", "*"}) {
    INFO(target);
    const HttpReply none = http_get(served.endpoint(), target);
    CHECK(none.status == 404);
    CHECK(none.body == "no such page; there are /hello /json /large /not /throws\n");
  }
}

TEST_CASE("a page that throws is a 500 with the reason, and the next is served", "[admin]") {
  const ServedPages served;
  const HttpReply wrong = http_get(served.endpoint(), "/throws");
  CHECK(wrong.status == 500);
  CHECK(wrong.body == "out of paper\n");
  CHECK(http_get(served.endpoint(), "/hello").status == 200);
}

TEST_CASE("HEAD is answered as GET is, without the body", "[admin]") {
  const ServedPages served;
  HttpConnection connection(served.endpoint());
  connection.send("HEAD /hello HTTP/1.1\r\nHost: test\r\n\r\n");
  const HttpReply head = connection.receive(true);
  CHECK(head.status == 200);
  CHECK(head.headers.at("content-length") == "6");
  connection.get("/not");
  CHECK(connection.receive().body == "not now\n");
}

TEST_CASE("other methods are a 405 that names those which are allowed", "[admin]") {
  const ServedPages served;
  HttpConnection connection(served.endpoint());
  for (const auto* method : {"PUT", "DELETE", "OPTIONS", "BREW", "TRACE"}) {
    INFO(method);
    connection.send(fmt::format("{} /hello HTTP/1.1\r\nHost: test\r\n\r\n", method));
    const HttpReply reply = connection.receive();
    CHECK(reply.status == 405);
    CHECK(reply.headers.at("allow") == "GET, HEAD");
  }
  connection.send("POST /hello HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\n\r\nbody");
  CHECK(connection.receive().status == 405);
  connection.get("/hello");
  CHECK(connection.receive().status == 200);
}

TEST_CASE("a connection is kept, and requests sent ahead are answered in order", "[admin]") {
  const ServedPages served;
  HttpConnection connection(served.endpoint());
  std::string requests;
  for (int i = 0; i < 100; ++i) {
    requests += fmt::format("GET {} HTTP/1.1\r\nHost: test\r\n\r\n", i % 2 == 0 ? "/hello" : "/json");
  }
  REQUIRE(connection.send(requests));
  for (int i = 0; i < 100; ++i) CHECK(connection.receive().body == (i % 2 == 0 ? "hello\n" : "{}\n"));
}

TEST_CASE("a request that comes a byte at a time is answered", "[admin]") {
  const ServedPages served;
  HttpConnection connection(served.endpoint());
  for (const char byte : std::string("GET /hello HTTP/1.1\r\nHost: test\r\n\r\n")) {
    REQUIRE(connection.send({&byte, 1}));
  }
  CHECK(connection.receive().body == "hello\n");
}

TEST_CASE("who asks to close, or speaks HTTP/1.0 as health checks do, is closed behind the answer",
          "[admin]") {
  const ServedPages served;
  for (const auto* request :
       {"GET /hello HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n", "GET /hello HTTP/1.0\r\n\r\n"}) {
    HttpConnection connection(served.endpoint());
    connection.send(request);
    CHECK(connection.receive().body == "hello\n");
    CHECK(connection.rest().empty());
  }
}

TEST_CASE("an answer is of the request's version", "[admin]") {
  const ServedPages served;
  HttpConnection old(served.endpoint());
  old.send("GET /hello HTTP/1.0\r\n\r\n");
  CHECK(old.rest().starts_with("HTTP/1.0 200 "));
  HttpConnection current(served.endpoint());
  current.send("GET /hello HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
  CHECK(current.rest().starts_with("HTTP/1.1 200 "));
}

TEST_CASE("headers beyond 8 KiB are a 431, and a body beyond that a 413", "[admin]") {
  const ServedPages served;
  HttpConnection large(served.endpoint());
  large.send("GET /hello HTTP/1.1\r\nHost: test\r\nCookie: " + std::string(100'000, 'c'));
  const HttpReply headers = large.receive();
  CHECK(headers.status == 431);
  CHECK(headers.headers.at("connection") == "close");
  CHECK(large.rest().empty());

  HttpConnection endless(served.endpoint());
  endless.send("GET /" + std::string(100'000, 'x'));
  CHECK(endless.receive().status == 431);

  HttpConnection body(served.endpoint());
  body.send("GET /hello HTTP/1.1\r\nHost: test\r\nContent-Length: 100000\r\n\r\n" +
            std::string(100'000, 'b'));
  CHECK(body.receive().status == 413);
  // An end, and no reset, which could take the answer back from who has not read it yet.
  char byte = 0;
  CHECK(::recv(body.fd(), &byte, 1, 0) == 0);
  CHECK(http_get(served.endpoint(), "/hello").status == 200);
}

TEST_CASE("what begins like a request and is none is a 400 with the reason, and closed", "[admin]") {
  const ServedPages served;
  for (const std::string bytes :
       {"GET\r\n\r\n", "GET /hello\r\n\r\n", "GET /hello HTTP/9.9\r\n\r\n", "GARBAGE\n\n",
        "GET /hello HTTP/1.1\r\nno colon\r\n\r\n", "GET /hello HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        "GET /hello HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"}) {
    INFO(bytes);
    HttpConnection connection(served.endpoint());
    connection.send(bytes);
    const HttpReply reply = connection.receive();
    CHECK(reply.status == 400);
    CHECK(reply.body.find("no HTTP request: ") == 0);
    CHECK(connection.rest().empty());
  }
}

TEST_CASE("a Thrift or TLS client is closed without an answer, and the log says so once a second",
          "[admin]") {
  const ServedPages served;
  const std::vector<std::string> hellos = {
      std::string("\x80\x01\x00\x01\x00\x00\x00\x08get_time\x00\x00\x00\x00\x00", 21),
      std::string("\x00\x00\x00\x15\x80\x01\x00\x01\x00\x00\x00\x08get_time\x00\x00\x00\x00\x00", 25),
      std::string("\x82\x21\x00\x08get_time\x00", 13), "[1,\"get_time\",1,0,{}]",
      std::string("\x16\x03\x01\x00\x05hello", 10)};
  for (const std::string& hello : hellos) {
    HttpConnection connection(served.endpoint());
    connection.send(hello);
    CHECK(connection.rest().empty());
  }
  const std::size_t lines =
      served.log.count("first bytes are no HTTP request: Thrift clients belong to --listen");
  CHECK(lines >= 1);
  CHECK(lines <= 2);
  CHECK(http_get(served.endpoint(), "/hello").status == 200);
}

TEST_CASE("localhost is served at each of its addresses, on one port", "[admin]") {
  const ServedPages served({}, {.host = "localhost", .port = 0, .path = {}});
  CHECK(served.http.bound().size() == host::listen_at({.host = "localhost", .port = 0, .path = {}}).size());
  for (const wire::Endpoint& endpoint : served.http.bound()) {
    CHECK(endpoint.port == served.endpoint().port);
    if (endpoint.host == "127.0.0.1") CHECK(http_get(endpoint, "/hello").status == 200);
  }
}

TEST_CASE("a unix socket serves as well", "[admin]") {
  const std::string path = fmt::format("/tmp/admin_http_test.{}", ::getpid());
  {
    const ServedPages served({}, {.host = {}, .port = 0, .path = path});
    CHECK(http_get(served.endpoint(), "/hello").status == 200);
  }
  CHECK(::access(path.c_str(), F_OK) != 0);
}

TEST_CASE("a port that is taken, and TLS, are refused with the flag and the fix", "[admin]") {
  const ServedPages served;
  const auto refusal = [](const wire::Endpoint& endpoint) -> std::string {
    try {
      const ServedPages second({}, endpoint);
    } catch (const host::StartError& error) {
      return fmt::format("start: {}", error.what());
    } catch (const host::UsageError& error) {
      return fmt::format("usage: {}", error.what());
    }
    return "served";
  };
  const std::string port = std::to_string(served.endpoint().port);
  CHECK(refusal(served.endpoint()) ==
        "start: --admin: cannot listen on 127.0.0.1:" + port +
            ": Address already in use; another program listens there: stop it, or choose another endpoint");
  const std::string tls = refusal({.host = "localhost", .port = 9191, .path = {}, .tls = true});
  CHECK(tls.find("usage: --admin tls:localhost:9191: ") == 0);
  CHECK(tls.find("leave tls: away") != std::string::npos);
}

}  // namespace
}  // namespace timeservice::test
