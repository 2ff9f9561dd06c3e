// Bad bytes cost the connection that sent them: never the process, never another
// client's call.
#include <sys/socket.h>

#include <string>
#include <vector>

#include "test/host/hostile_bytes.h"
#include "test/support/catch.h"
#include "test/support/dialects.h"
#include "test/support/echo_host.h"

namespace timeservice::test {
namespace {

using wire::WireError;

/// A list<list<...>> field, so deep; or structs in structs.
std::string nested_lists(int depth) {
  std::string text = bytes({15, 0, 1});
  for (int i = 0; i < depth; ++i) text += bytes({15, 0, 0, 0, 1});
  return text + bytes({8, 0, 0, 0, 0, 0});
}

std::string nested_structs(int depth) {
  std::string text;
  for (int i = 0; i < depth; ++i) text += bytes({12, 0, 1});
  return text + std::string(static_cast<std::size_t>(depth) + 1, '\0');
}

struct Attack {
  std::string what;
  std::string bytes;
  /// The counter that must move.
  WireError reason;
  /// The client leaves after sending, rather than wait.
  bool leaves = false;
};

/// What any mode must refuse, sent as the only bytes of a connection.
std::vector<Attack> attacks() {
  const std::string head = call("echo", "");
  return {
      {"an HTTP request", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", WireError::kHttp},
      {"a greeting of SSH", "SSH-2.0-OpenSSH_9.2\r\n", WireError::kUnknownProtocol},
      {"a greeting of mail", "HELO example.org\r\n", WireError::kUnknownProtocol},
      {"a TLS ClientHello", bytes({0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3}), WireError::kTls},
      {"a frame of 2 GiB less one", bytes({0x7f, 0xff, 0xff, 0xff}), WireError::kMessageTooLarge},
      {"a frame of minus one", bytes({0xff, 0xff, 0xff, 0xff}), WireError::kNegativeSize},
      {"an empty frame", bytes({0, 0, 0, 0}), WireError::kMalformed},
      {"a frame of 60 MB", big_endian(60'000'000) + head, WireError::kMessageTooLarge},
      {"a frame of letters", framed("#!/bin/sh\nexit"), WireError::kUnknownProtocol},
      {"the header protocol", framed(bytes({0x0f, 0xff, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0})),
       WireError::kHeaderProtocol},
      {"the binary protocol without version", framed(big_endian(4) + "echo" + bytes({1, 0, 0, 0, 7, 0})),
       WireError::kOldBinary},
      {"a negative string", framed(call("echo", bytes({11, 0, 1, 0xff, 0xff, 0xff, 0xff}))),
       WireError::kNegativeSize},
      {"a string longer than its frame", framed(call("echo", bytes({11, 0, 1, 0, 0, 1, 0}))),
       WireError::kMalformed},
      {"a string of 1 GiB", framed(call("echo", bytes({11, 0, 1, 0x40, 0, 0, 0}))),
       WireError::kStringTooLarge},
      {"a list of two milliards", framed(call("sum", bytes({15, 0, 1, 8, 0x7f, 0xff, 0xff, 0xff}))),
       WireError::kContainerTooLarge},
      {"a list of minus one", framed(call("sum", bytes({15, 0, 1, 8, 0xff, 0xff, 0xff, 0xff}))),
       WireError::kNegativeSize},
      {"a list of no type", framed(call("sum", bytes({15, 0, 1, 99, 0, 0, 0, 1, 0}))), WireError::kMalformed},
      {"lists nested 1000 deep", framed(call("sum", nested_lists(1000))), WireError::kNestedTooDeep},
      {"structs nested 1000 deep", framed(call("tree", nested_structs(1000))), WireError::kNestedTooDeep},
      {"a reply instead of a call", framed(bytes({0x80, 1, 0, 2}) + head.substr(4) + bytes({0})),
       WireError::kMalformed},
      {"a frame with more than a message", framed(call("echo", bytes({0})) + "more"), WireError::kMalformed},
      {"half a frame", framed(call("echo", bytes({0}))).substr(0, 12), WireError::kTruncated, true},
      {"half a frame's length", bytes({0, 0}), WireError::kTruncated, true},
      {"a second message that is garbage", framed(call("notes", bytes({0}))) + framed("garbage!"),
       WireError::kMalformed},
  };
}

/// The same for modes that carry unframed messages too.
std::vector<Attack> unframed_attacks() {
  return {
      {"a negative method name", bytes({0x80, 1, 0, 1, 0xff, 0xff, 0xff, 0xff}), WireError::kNegativeSize},
      {"lists nested 1000 deep, unframed", call("sum", nested_lists(1000)), WireError::kNestedTooDeep},
      {"a binary version that nobody has", bytes({0x80, 2, 0, 1, 0, 0, 0, 0}), WireError::kMalformed},
      {"compact with an endless number", bytes({0x82, 0x21}) + std::string(20, '\xff'),
       WireError::kMalformed},
      {"compact with a huge list",
       bytes({0x82, 0x21, 1, 3, 's', 'u', 'm', 0x19, 0xf5, 0xff, 0xff, 0xff, 0xff, 7}),
       WireError::kContainerTooLarge},
      {"JSON of brackets", std::string(5000, '['), WireError::kNestedTooDeep},
      {"JSON that closes what it did not open", "[1,\"echo\",1,7,{]}", WireError::kMalformed},
      {"JSON of a type that there is not", "[1,\"echo\",9,7,{}]", WireError::kMalformed},
      {"JSON without sense", "[1,2,3]", WireError::kMalformed},
      {"JSON that never ends", "[1,\"echo\",1,7,{\"1\":{\"str\":\"" + std::string(2 << 20, 'x'),
       WireError::kMessageTooLarge},
      {"a message of zeros in a string without end", call("echo", bytes({11, 0, 1, 0, 0x10, 0, 0})),
       WireError::kMessageTooLarge},
      {"half a message", call("echo", bytes({11, 0, 1, 0, 0})), WireError::kTruncated, true},
  };
}

void check_attack(EchoHost& host, const Attack& attack) {
  INFO(attack.what);
  const std::uint64_t before = host.refused_for(attack.reason);
  {
    RawConnection connection(host.endpoint());
    connection.send(attack.bytes);
    if (attack.leaves) {
      ::shutdown(connection.fd(), SHUT_WR);
    }
    connection.receive();  // to the end: the host closes it
  }
  CHECK(eventually([&] { return host.refused_for(attack.reason) == before + 1; }));
}

TEST_CASE("each kind of bad bytes costs its connection, counts once, and harms nobody", "[host][hostile]") {
  for (const auto& mode : host::kModes) {
    INFO(mode.name);
    EchoHost host(options_for(mode.name));
    EchoConnection bystander(host.endpoint(), wire::Protocol::kBinary, wire::Transport::kFramed);
    std::string reply;
    auto all = attacks();
    if (mode.carries_buffered) {
      for (auto& attack : unframed_attacks()) all.push_back(std::move(attack));
    }
    for (const Attack& attack : all) {
      bystander->echo(reply, attack.what);
      check_attack(host, attack);
      bystander->echo(reply, attack.what);
      CHECK(reply == attack.what);
    }
    check_good_client(host, mode);
    bystander.socket().close();
    CHECK(eventually([&] { return host.host().connections_open() == 0; }));
  }
}

}  // namespace
}  // namespace timeservice::test
