// Large messages are answered as small ones are, and the memory that they take is kept for the
// next large one, within bounds.
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <malloc.h>

#include "test/host/hostile_bytes.h"
#include "test/support/catch.h"
#include "test/support/dialects.h"
#include "test/support/echo_host.h"
#include "test/support/sanitized.h"
#include "test/support/written_call.h"

namespace timeservice::test {
namespace {

/// Letters, so that it is itself in JSON too, of which none is where it would be if some of the
/// text, or of another client's, were lost, moved or doubled.
std::string text_of(std::size_t size, std::size_t client = 0) {
  std::string text(size, ' ');
  for (std::size_t i = 0; i < size; ++i) {
    text[i] = static_cast<char>('a' + (i + i / 26 + i / 4099 + client) % 26);
  }
  return text;
}

/// A message is read in pieces of 68 KiB first, into a buffer of 256 KiB, and is copied where
/// that does not suffice.
std::vector<std::size_t> sizes_round_the_buffers() {
  std::vector<std::size_t> sizes{16 * 1024, 100'000, 600'000, 1'000'000};
  for (const std::size_t edge : {64 * 1024, 68 * 1024, 256 * 1024}) {
    for (const std::size_t below : {0, 16, 24, 29, 4096, 4125}) sizes.push_back(edge - below);
    sizes.push_back(edge + 1);
  }
  return sizes;
}

TEST_CASE("large calls are answered whole, in every mode and dialect", "[host]") {
  for (const auto& mode : host::kModes) {
    EchoHost host(options_for(mode.name));
    for (const wire::Dialect& dialect : dialects_of(mode)) {
      EchoConnection client(host.endpoint(), dialect.protocol, dialect.transport);
      for (const std::size_t size : sizes_round_the_buffers()) {
        INFO(mode.name << ' ' << wire::name(dialect.protocol) << ' ' << wire::name(dialect.transport) << ' '
                       << size);
        const std::string text = text_of(size);
        std::string reply;
        client->echo(reply, text);
        CHECK((reply == text));
        client->echo(reply, "small");
        CHECK(reply == "small");
      }
    }
  }
}

TEST_CASE("large and small calls that come together are answered in their order", "[host]") {
  const std::size_t sizes[] = {5, 70'000, 9, 200'000, 300'000, 1, 66'000, 66'000, 3};
  for (const auto& mode : host::kModes) {
    EchoHost host(options_for(mode.name));
    for (const wire::Dialect& dialect : dialects_of(mode)) {
      INFO(mode.name << ' ' << wire::name(dialect.protocol) << ' ' << wire::name(dialect.transport));
      EchoConnection client(host.endpoint(), dialect.protocol, dialect.transport);
      std::jthread sender([&] {
        for (const std::size_t size : sizes) client->send_echo(text_of(size));
      });
      for (const std::size_t size : sizes) {
        std::string reply;
        client->recv_echo(reply);
        CHECK((reply == text_of(size)));
      }
    }
  }
}

/// A host of one event loop or thread, as far as the mode can, so that all clients share it.
host::HostOptions narrow(const host::ModeRow& mode) {
  auto options = options_for(mode.name);
  if (mode.takes_io_threads) options.io_threads = 1;
  return options;
}

std::string framed_echo(std::string_view text) {
  return written({wire::Protocol::kBinary, wire::Transport::kFramed},
                 [&](EchoClient& client) { client.send_echo(std::string(text)); });
}

TEST_CASE("each client that reads late gets its own large reply", "[host]") {
  constexpr std::size_t kClients = 4;
  constexpr std::uint32_t kBytes = 6'000'000;  // more than the kernel holds for a client
  for (const auto& mode : host::kModes) {
    if (mode.name == std::string_view("simple")) continue;  // one client at a time
    INFO(mode.name);
    auto options = narrow(mode);
    options.limits.message_bytes = options.limits.string_bytes = kBytes + 1000;
    if (mode.name == std::string_view("threadpool")) options.threads = kClients + 1;
    EchoHost host(options);
    std::vector<std::unique_ptr<RawConnection>> clients;
    std::vector<std::string> requests;
    for (std::size_t i = 0; i < kClients; ++i) {
      clients.push_back(std::make_unique<RawConnection>(host.endpoint()));
      requests.push_back(framed_echo(text_of(kBytes, i)));
      REQUIRE(clients.back()->send(requests.back()));
    }
    CHECK(eventually([&] { return host.host().counters().messages_in == kClients; }));
    check_good_client(host, mode);
    CHECK(host.host().counters().bytes_out < kClients * kBytes);
    for (std::size_t i = kClients; i-- > 0;) {
      // A reply differs from its request in its type and in its field's number, and has its size.
      const std::string reply = clients[i]->receive(requests[i].size());
      CHECK(reply.size() == requests[i].size());
      CHECK(reply.find(text_of(kBytes, i)) != std::string::npos);
    }
    check_good_client(host, mode);
  }
}

/// Sends the call again and again, and takes the replies into memory of its own: whatever
/// memory is asked for meanwhile, the host asks for.
class Repeater {
 public:
  Repeater(EchoHost& host, std::size_t bytes)
      : connection_(host.endpoint()), call_(framed_echo(text_of(bytes))), reply_(call_.size(), '\0') {}

  void repeat(int times) {
    for (int i = 0; i < times; ++i) {
      REQUIRE(connection_.send(call_));
      REQUIRE(::recv(connection_.fd(), reply_.data(), reply_.size(), MSG_WAITALL) ==
              static_cast<ssize_t>(reply_.size()));
    }
  }

 private:
  RawConnection connection_;
  std::string call_;
  std::string reply_;
};

std::int64_t page_faults() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_minflt;
}

/// The C library as it comes: of what other tests have freed it has learned to keep more.
void forget_what_was_learned() {
  ::mallopt(M_MMAP_THRESHOLD, 128 * 1024);
  ::mallopt(M_TRIM_THRESHOLD, 128 * 1024);
}

// Each page that the system gives has to be filled with zeros, and costs as much as copying
// several. The handler's own argument and result are not the host's; all else is.
TEST_CASE("a large call that is made again and again takes no new memory", "[host]") {
  if (kSanitized) return;
  constexpr int kCalls = 200;
  constexpr std::int64_t kPage = 4096;
  forget_what_was_learned();
  for (const auto& mode : host::kModes) {
    if (mode.name == std::string_view("nonblocking")) continue;  // its buffers are Thrift's
    for (const std::size_t bytes : {64 * 1024, 200 * 1024, 1'000'000}) {
      EchoHost host(narrow(mode));
      Repeater client(host, bytes);
      client.repeat(20);
      const std::int64_t before = page_faults();
      client.repeat(kCalls);
      const std::int64_t faults = page_faults() - before;
      const std::int64_t of_handler = 2 * static_cast<std::int64_t>(bytes) / kPage;
      INFO(mode.name << ", " << bytes << " bytes: " << faults / kCalls << " pages in each call, of which "
                     << of_handler << " may be the handler's");
      // With room for one place more: messages come in other pieces now and then.
      CHECK(faults < kCalls * (of_handler * 3 / 2 + 16));
    }
  }
}

TEST_CASE("many clients that have made large calls keep no memory", "[host]") {
  if (kSanitized) return;
  constexpr std::size_t kClients = 100;
  constexpr int kCalls = 3;
  forget_what_was_learned();
  for (const auto& mode : host::kModes) {
    INFO(mode.name);
    EchoHost host(narrow(mode));
    std::vector<std::unique_ptr<RawConnection>> clients;
    const std::string call = framed_echo(text_of(1'000'000));
    std::string reply(call.size(), '\0');
    for (std::size_t i = 0; i < kClients; ++i) {
      clients.push_back(std::make_unique<RawConnection>(host.endpoint()));
    }
    const std::size_t before = resident_bytes();
    for (int round = 0; round < kCalls; ++round) {
      for (const auto& client : clients) {
        REQUIRE(client->send(call));
        REQUIRE(::recv(client->fd(), reply.data(), reply.size(), MSG_WAITALL) ==
                static_cast<ssize_t>(reply.size()));
      }
    }
    // Of 200 MB that have been in their buffers. What threads have freed, the C library keeps in part.
    CHECK(resident_bytes() < before + 60'000'000);
  }
}

}  // namespace
}  // namespace timeservice::test
