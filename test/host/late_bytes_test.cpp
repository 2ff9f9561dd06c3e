// What clients still send when a drain has begun neither holds it up nor costs them a reply.
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "test/support/catch.h"
#include "test/support/dialects.h"
#include "test/support/tls_echo.h"
#include "test/support/written_call.h"

namespace timeservice::test {
namespace {

using std::chrono::seconds;

constexpr wire::Dialect kFramedBinary{wire::Protocol::kBinary, wire::Transport::kFramed};

/// Without a reply, so that a client can send one after another and read nothing.
std::string note_of(std::size_t size) {
  return written(kFramedBinary, [&](EchoClient& client) { client.send_note(std::string(size, 'x')); });
}

bool refuses_connections(const wire::Endpoint& endpoint) {
  try {
    const RawConnection connection(endpoint);
    return false;
  } catch (const std::runtime_error&) {
    return true;
  }
}

/// A client with TLS or without.
class Client {
 public:
  Client(const wire::Endpoint& endpoint, bool tls) {
    if (tls) {
      tls_ = std::make_unique<RawTls>(endpoint);
      REQUIRE(tls_->handshake());
    } else {
      plain_ = std::make_unique<RawConnection>(endpoint);
    }
  }
  bool send(const std::string& bytes) { return tls_ ? tls_->send(bytes) : plain_->send(bytes); }
  std::string receive() { return tls_ ? tls_->receive() : plain_->receive(); }

 private:
  std::unique_ptr<RawTls> tls_;
  std::unique_ptr<RawConnection> plain_;
};

host::HostOptions options_of(const host::ModeRow& mode, bool tls) {
  auto options = tls ? tls_options_for(mode.name) : options_for(mode.name);
  options.write_timeout = {};
  return options;
}

/// A processor whose calls take a while: clients are faster.
class SlowProcessor : public apache::thrift::TProcessor {
 public:
  explicit SlowProcessor(std::shared_ptr<apache::thrift::TProcessor> inner) : inner_(std::move(inner)) {}
  bool process(std::shared_ptr<apache::thrift::protocol::TProtocol> in,
               std::shared_ptr<apache::thrift::protocol::TProtocol> out, void* context) override {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return inner_->process(in, out, context);
  }

 private:
  std::shared_ptr<apache::thrift::TProcessor> inner_;
};

// Always some calls ahead, so that there is something to read; but not so many that the window
// closes, which the kernel never opens again for a socket that is shut down for reading.
TEST_CASE("drain ends though a client has always sent more than is served", "[host][tls][drain]") {
  constexpr std::uint64_t kAhead = 200;
  for (const auto& mode : host::kModes) {
    for (const bool tls : {true, false}) {
      INFO(mode.name << ", TLS: " << tls);
      EchoHost host(options_of(mode, tls), [](EchoHost::Processor echo) {
        return std::make_shared<SlowProcessor>(std::move(echo));
      });
      Client client(host.endpoint(), tls);
      const auto served = [&]() -> std::uint64_t { return host.host().counters().messages_in; };
      const std::jthread sender([&, note = note_of(100)](const std::stop_token& stop) {
        for (std::uint64_t sent = 0; !stop.stop_requested();) {
          if (sent >= served() + kAhead) {
            std::this_thread::sleep_for(std::chrono::microseconds(200));
          } else if (client.send(note)) {
            ++sent;
          } else {
            return;
          }
        }
      });
      CHECK(eventually([&] { return served() > 20; }));
      CHECK(host.host().drain(seconds(20)).complete);
    }
  }
}

TEST_CASE("a client that sends on in a drain, before it reads, gets its reply whole", "[host][tls][drain]") {
  constexpr std::int32_t kReply = 1'000'000;
  for (const auto& mode : host::kModes) {
    for (const bool tls : {true, false}) {
      INFO(mode.name << ", TLS: " << tls);
      EchoHost host(options_of(mode, tls));
      Client client(host.endpoint(), tls);
      CHECK(client.send(written(kFramedBinary, [](EchoClient& c) { c.send_repeat(kReply); })));
      // All of it is with the kernel, and most of it has not arrived.
      CHECK(eventually([&] { return host.host().counters().bytes_out > kReply; }));
      auto drained = std::async(std::launch::async, [&] { return host.host().drain(seconds(60)); });
      CHECK(eventually([&] { return refuses_connections(host.endpoint()); }));
      const std::string late = note_of(16'000);
      for (int i = 0; i < 100; ++i) CHECK(client.send(late));
      CHECK(client.receive().size() > kReply);
      CHECK(drained.get().complete);
    }
  }
}

}  // namespace
}  // namespace timeservice::test
