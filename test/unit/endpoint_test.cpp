#include "wire/endpoint.h"

#include <stdexcept>

#include "test/support/catch.h"

namespace timeservice::wire {
namespace {

std::string error_of(const std::string& text) {
  try {
    parse_endpoint(text);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "none";
}

TEST_CASE("an endpoint is read and written the same", "[wire]") {
  const std::string longest_path(107, 'p');
  const struct {
    std::string text;
    Endpoint endpoint;
  } rows[] = {
      {"localhost:9090", {.host = "localhost", .port = 9090, .path = {}}},
      {"127.0.0.1:1", {.host = "127.0.0.1", .port = 1, .path = {}}},
      {"host.example:65535", {.host = "host.example", .port = 65535, .path = {}}},
      {":0", {.host = "", .port = 0, .path = {}}},
      {"*:9090", {.host = "*", .port = 9090, .path = {}}},
      {"[::1]:9090", {.host = "::1", .port = 9090, .path = {}}},
      {"[fe80::1%eth0]:7", {.host = "fe80::1%eth0", .port = 7, .path = {}}},
      {"unix:/run/time.sock", {.host = {}, .port = 0, .path = "/run/time.sock"}},
      {"TLS:9443", {.host = "TLS", .port = 9443, .path = {}}},
      {"unix:/a:80", {.host = {}, .port = 0, .path = "/a:80"}},
      {"unix:/a,b://c", {.host = {}, .port = 0, .path = "/a,b://c"}},
      {"tls:localhost:9443", {.host = "localhost", .port = 9443, .path = {}, .tls = true}},
      {"tls:unix:/run/time.sock", {.host = {}, .port = 0, .path = "/run/time.sock", .tls = true}},
      {"unix:" + longest_path, {.host = {}, .port = 0, .path = longest_path}},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    const Endpoint endpoint = parse_endpoint(row.text);
    CHECK(endpoint.host == row.endpoint.host);
    CHECK(endpoint.port == row.endpoint.port);
    CHECK(endpoint.path == row.endpoint.path);
    CHECK(endpoint.tls == row.endpoint.tls);
    CHECK(endpoint.is_unix() == !row.endpoint.path.empty());
    CHECK(to_string(endpoint) == row.text);
  }
}

TEST_CASE("brackets around what needs none are taken and not written", "[wire]") {
  CHECK(to_string(parse_endpoint("[127.0.0.1]:80")) == "127.0.0.1:80");
}

TEST_CASE("a wrong endpoint is refused with its text, what is wrong and what is right", "[wire]") {
  const struct {
    std::string text;
    std::string fragment;
  } rows[] = {
      {"", "no port"},
      {"localhost", "no port"},
      {"localhost:", "no port"},
      {":", "no port"},
      {"[::1]", "']'"},
      {"[::1]:", "no port"},
      {"[::1:80", "'[' without ']'"},
      {"[]:80", "no address between '[' and ']'"},
      {"::1", "an IPv6 address goes in brackets"},
      {"fe80::1:80", "an IPv6 address goes in brackets"},
      {"localhost:65536", "port '65536' is no number from 0 to 65535"},
      {"localhost:-1", "port '-1' is no number"},
      {"localhost:+1", "port '+1' is no number"},
      {"localhost:80x", "port '80x' is no number"},
      {"localhost: 80", "port ' 80' is no number"},
      {"localhost:http", "port 'http' is no number"},
      {"http://localhost:9090", "leave http:// away"},
      {"http://localhost", "leave http:// away"},
      {"tls:https://[::1]:9090/", "leave https:// away"},
      {"localhost:9090,localhost:9390", "it has a comma: give each endpoint by itself"},
      {"[::1]:9090,[::1]:9390", "it has a comma: give each endpoint by itself"},
      {"tls:localhost:9443,unix:/s", "it has a comma: give each endpoint by itself"},
      {"a,b:9090", "it has a comma: give each endpoint by itself"},
      {"unix:", "no path"},
      {"unix:" + std::string(108, 'p'), "at most 107 bytes"},
      {"tls:localhost", "no port"},
      {"tls:unix:", "no path"},
      {"tls:::1:80", "an IPv6 address goes in brackets"},
      {"TLS:localhost:80", "tls: is written in small letters"},
      {"Tls:[::1]:80", "tls: is written in small letters"},
      {"tls:tls:localhost:80", "tls: stands there twice"},
      {"tls:TLS:localhost:80", "tls: is written in small letters"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text, row.fragment);
    const std::string error = error_of(row.text);
    CAPTURE(error);
    CHECK(error.find(row.fragment) != std::string::npos);
    CHECK(error.find("write host:port, [v6-address]:port or unix:/path") != std::string::npos);
    CHECK(error.starts_with("'" + row.text + "'"));
  }
}

TEST_CASE("a path with a NUL is refused, not cut off there", "[wire]") {
  CHECK_THROWS_AS(parse_endpoint(std::string_view("unix:/a\0b", 9)), std::invalid_argument);
}

TEST_CASE("a server may listen at inherited sockets, by their name, and a client may not ask there",
          "[wire]") {
  for (const std::string text :
       {"systemd:time-server", "tls:systemd:web", "systemd:9090", "systemd:a.socket"}) {
    CAPTURE(text);
    const Endpoint endpoint = parse_listen_endpoint(text);
    CHECK(endpoint.is_inherited());
    CHECK(endpoint.tls == text.starts_with("tls:"));
    CHECK_FALSE(endpoint.is_unix());
    CHECK(to_string(endpoint) == text);
  }
  for (const std::string text : {"localhost:9090", "tls:[::1]:1", "unix:/run/s", "tls:unix:/run/s", "*:0"}) {
    CHECK(parse_listen_endpoint(text) == parse_endpoint(text));
    CHECK_FALSE(parse_endpoint(text).is_inherited());
  }
  CHECK(error_of("systemd:time-server").find("is no number") != std::string::npos);
}

TEST_CASE("a socket's name is one that systemd takes", "[wire]") {
  CHECK(parse_listen_endpoint("systemd:" + std::string(255, 'n')).inherited.size() == 255);
  for (const std::string& text : {std::string("systemd:"), std::string("tls:systemd:"),
                                  std::string("systemd:a:b"), "systemd:" + std::string(256, 'n')}) {
    CAPTURE(text);
    try {
      parse_listen_endpoint(text);
      FAIL("it was taken");
    } catch (const std::invalid_argument& error) {
      CHECK(std::string(error.what()).starts_with("'" + text + "': a socket's name has"));
    }
  }
}

TEST_CASE("an inherited socket whose address is known is written by it", "[wire]") {
  Endpoint endpoint = parse_listen_endpoint("tls:systemd:web");
  endpoint.host = "::1";
  endpoint.port = 9443;
  CHECK(to_string(endpoint) == "tls:[::1]:9443");
}

TEST_CASE("several endpoints are written in order, separated by commas", "[wire]") {
  CHECK(to_string(std::vector<Endpoint>{}).empty());
  CHECK(to_string({parse_endpoint("a:1"), parse_endpoint("[::]:2"), parse_endpoint("unix:/s")}) ==
        "a:1, [::]:2, unix:/s");
}

}  // namespace
}  // namespace timeservice::wire
