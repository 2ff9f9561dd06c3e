// What bytes declare never costs memory beyond the limits.
#include <sys/socket.h>

#include <memory>
#include <string>
#include <vector>

#include "test/host/hostile_bytes.h"
#include "test/support/catch.h"
#include "test/support/dialects.h"
#include "test/support/echo_host.h"
#include "test/support/sanitized.h"

namespace timeservice::test {
namespace {

using wire::WireError;

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
      R"([1,"echo",1,0,{"":{"str":"x"}}])",
      R"([1,"scores",1,0,{"1":{"map":["i32","dbl",1,{"":0.5}]}}])",
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
