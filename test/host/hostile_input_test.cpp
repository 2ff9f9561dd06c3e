// Bad bytes cost the connection that sent them: never the process, never memory
// beyond the limits, never another client's call.
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <random>
#include <string>

#include <fmt/format.h>

#include "test/support/catch.h"
#include "test/support/dialects.h"
#include "test/support/echo_host.h"
#include "test/support/sanitized.h"

namespace timeservice::test {
namespace {

using wire::WireError;

std::string bytes(std::initializer_list<int> values) {
  std::string text;
  for (const int value : values) text += static_cast<char>(value);
  return text;
}

std::string big_endian(std::uint32_t value) {
  return bytes({static_cast<int>(value >> 24), static_cast<int>(value >> 16 & 0xff),
                static_cast<int>(value >> 8 & 0xff), static_cast<int>(value & 0xff)});
}

/// A strict binary call of `method` with these bytes as its arguments.
std::string call(const std::string& method, const std::string& arguments) {
  return bytes({0x80, 1, 0, 1}) + big_endian(static_cast<std::uint32_t>(method.size())) + method +
         big_endian(7) + arguments;
}

std::string framed(const std::string& message) {
  return big_endian(static_cast<std::uint32_t>(message.size())) + message;
}

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

std::size_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::size_t pages = 0;
  statm >> pages >> pages;
  return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
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

void check_good_client(EchoHost& host, const host::ModeRow& mode) {
  for (const wire::Dialect& dialect : dialects_of(mode)) {
    EchoConnection client(host.endpoint(), dialect.protocol, dialect.transport);
    std::string reply;
    client->echo(reply, "good");
    CHECK(reply == "good");
  }
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

/// Arguments that the scanner lets through and the decoder dislikes. Some of them end
/// a process that decodes them with Thrift's own classes.
std::vector<std::string> undecodable_json() {
  std::string nested;
  for (int i = 0; i < 20; ++i) nested += R"({"1":{"str":"x"},"2":{"lst":["rec",200000,)";
  return {
      R"([1,"notes",1,0,{"1":{"str":"=="}}])",
      R"([1,"notes",1,0,{"1":{"str":"\u003d\u003d"}}])",
      R"([1,"notes",1,0,{"1":{"map":["str","str",1,{"==":"="}]}}])",
      R"([1,"notes",1,0,{"1":{"i8":300}}])",
      R"([1,"notes",1,0,{"1":{"i8":99999999999999999999}}])",
      R"([1,"sum",1,0,{"1":{"lst":["i32",4294967295,1]}}])",
      R"([1,"sum",1,0,{"1":{"lst":["i32",2000000000,1]}}])",
      R"([1,"echo",1,0,{"1":{"i32":"x"}}])",
      R"([1,"tree",1,0,{"1":{"rec":)" + nested + "1" +
          [] {
            std::string ends;
            for (int i = 0; i < 20; ++i) ends += "]}}";
            return ends;
          }() +
          "}}]",
  };
}

TEST_CASE("JSON that the decoder dislikes is answered or cut, and harms nobody", "[host][hostile]") {
  for (const auto& mode : host::kModes) {
    EchoHost host(options_for(mode.name));
    for (const std::string& message : undecodable_json()) {
      INFO(mode.name << ' ' << message.substr(0, 60));
      const std::size_t before = resident_bytes();
      RawConnection connection(host.endpoint());
      connection.send(framed(message));
      ::shutdown(connection.fd(), SHUT_WR);
      connection.receive();
      if (!kSanitized) CHECK(resident_bytes() < before + 50'000'000);
    }
    check_good_client(host, mode);
  }
}

/// A list of bools to the scanner, whose bytes are lists of nodes to the decoder.
std::string disguised_lists(int depth, std::uint32_t declared) {
  std::string inside;
  for (int i = 0; i < depth; ++i) inside = bytes({15, 0, 2, 12}) + big_endian(declared) + inside;
  return call("tree", bytes({12, 0, 1, 15, 0, 2, 2}) + big_endian(static_cast<std::uint32_t>(inside.size())) +
                          inside + bytes({0, 0}));
}

TEST_CASE("containers may not declare more than their message together", "[host][hostile]") {
  for (const auto& mode : host::kModes) {
    INFO(mode.name);
    EchoHost host(options_for(mode.name));
    const std::size_t before = resident_bytes();
    const std::string padding(150'000, '\0');
    RawConnection connection(host.endpoint());
    connection.send(framed(disguised_lists(50, 140'000) + padding));
    RawConnection second(host.endpoint());
    second.send(framed(call(
        "tree", bytes({12, 0, 1, 15, 0, 2, 2}) + big_endian(250'000) + [] {
          std::string inside;
          for (int i = 0; i < 55; ++i) inside += bytes({15, 0, 2, 12, 0, 3, 0xa9, 0x80});
          inside.resize(250'000, '\0');
          return inside;
        }() + bytes({0, 0}))));
    ::shutdown(second.fd(), SHUT_WR);
    second.receive();
    check_good_client(host, mode);
    if (!kSanitized) CHECK(resident_bytes() < before + 120'000'000);
  }
}

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

TEST_CASE("random bytes never end the host", "[host][hostile]") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  for (const auto& mode : host::kModes) {
    INFO(mode.name);
    std::mt19937 random(seed);
    auto options = options_for(mode.name);
    options.message_timeout = std::chrono::milliseconds(300);
    EchoHost host(options);
    for (int round = 0; round < 150; ++round) {
      std::string noise(random() % 300, '\0');
      for (char& c : noise) c = static_cast<char>(random());
      if (round % 3 == 1) noise = framed(noise);
      if (round % 3 == 2) noise = framed(call("echo", noise));
      RawConnection connection(host.endpoint());
      connection.send(noise);
      if (round % 2 == 0) ::shutdown(connection.fd(), SHUT_WR);
    }
    check_good_client(host, mode);
  }
}

TEST_CASE("valid calls with a byte changed never end the host", "[host][hostile]") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  for (const auto& mode : host::kModes) {
    INFO(mode.name);
    std::mt19937 random(seed);
    EchoHost host(options_for(mode.name));
    const std::string good =
        framed(call("counts", bytes({13, 0, 1, 11, 10, 0, 0, 0, 1, 0, 0, 0, 1, 'k', 0,  0, 0, 0,
                                     0,  0, 0, 9,  14, 0, 2, 6, 0, 0, 0, 1, 0, 5,   15, 0, 3, 2,
                                     0,  0, 0, 1,  1,  4, 0, 4, 0, 0, 0, 0, 0, 0,   0,  0, 0})));
    for (int round = 0; round < 200; ++round) {
      std::string changed = good;
      changed[random() % changed.size()] = static_cast<char>(random());
      RawConnection connection(host.endpoint());
      connection.send(changed);
      ::shutdown(connection.fd(), SHUT_WR);
      connection.receive();
    }
    check_good_client(host, mode);
  }
}

TEST_CASE("a declared size costs no memory before its bytes arrive", "[host][hostile]") {
  constexpr std::uint32_t kDeclared = 60'000'000;
  for (const auto& mode : host::kModes) {
    for (const bool allowed : {false, true}) {
      INFO(mode.name << (allowed ? ", within the limit" : ", over the limit"));
      auto options = options_for(mode.name);
      if (allowed) options.limits.message_bytes = options.limits.string_bytes = kDeclared + 1000;
      EchoHost host(options);
      const std::size_t before = resident_bytes();
      std::vector<std::unique_ptr<RawConnection>> connections;
      for (int i = 0; i < 50; ++i) {
        connections.push_back(std::make_unique<RawConnection>(host.endpoint()));
        connections.back()->send(big_endian(kDeclared) +
                                 call("echo", bytes({11, 0, 1}) + big_endian(kDeclared - 100)));
      }
      if (allowed) {
        CHECK(eventually([&] { return host.host().counters().bytes_in >= 50 * 20; }));
      } else {
        CHECK(eventually([&] { return host.refused_for(WireError::kMessageTooLarge) == 50; }));
      }
      check_good_client(host, mode);
      if (!kSanitized) CHECK(resident_bytes() < before + 40'000'000);
    }
  }
}

TEST_CASE("a message of exactly the limit passes, one byte more does not", "[host][hostile]") {
  constexpr std::uint32_t kLimit = 5000;
  for (const auto& mode : host::kModes) {
    for (const wire::Transport transport : {wire::Transport::kFramed, wire::Transport::kBuffered}) {
      if (!carries(mode, transport)) continue;
      INFO(mode.name << ' ' << wire::name(transport));
      auto options = options_for(mode.name);
      options.limits.message_bytes = kLimit;
      EchoHost host(options);
      const auto message = [](std::size_t size) {
        const std::size_t rest = call("echo", bytes({11, 0, 1, 0, 0, 0, 0, 0})).size();
        return call("echo", bytes({11, 0, 1}) + big_endian(static_cast<std::uint32_t>(size - rest)) +
                                std::string(size - rest, 'x') + bytes({0}));
      };
      const bool frame = transport == wire::Transport::kFramed;
      RawConnection exact(host.endpoint());
      exact.send(frame ? framed(message(kLimit)) : message(kLimit));
      CHECK(exact.receive(kLimit - 10).size() == kLimit - 10);
      RawConnection over(host.endpoint());
      over.send(frame ? framed(message(kLimit + 1)) : message(kLimit + 1));
      over.receive();
      CHECK(eventually([&] { return host.refused_for(WireError::kMessageTooLarge) == 1; }));
    }
  }
}

}  // namespace
}  // namespace timeservice::test
