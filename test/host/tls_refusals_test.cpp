// Who is not let in at an endpoint that is TLS, and at one that is not; and what they are told.
#include <sys/socket.h>

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "test/host/hostile_bytes.h"
#include "test/support/captured_log.h"
#include "test/support/catch.h"
#include "test/support/dialects.h"
#include "test/support/tls_echo.h"
#include "test/support/written_call.h"

namespace timeservice::test {
namespace {

using apache::thrift::TException;
using wire::WireError;

constexpr wire::Dialect kFramedBinary{wire::Protocol::kBinary, wire::Transport::kFramed};

host::HostOptions mutual_options_for(std::string_view mode) {
  auto options = tls_options_for(mode);
  options.tls.client_ca = certificate_file("ca");
  return options;
}

void check_good_tls_client(const EchoHost& host, const wire::Endpoint& endpoint,
                           std::string_view client = {}) {
  TlsEchoConnection good(endpoint, kFramedBinary, client);
  std::string reply;
  good->echo(reply, "good");
  CHECK(reply == "good");
  CHECK(host.endpoint().tls);
}

TEST_CASE("a client must prove itself where --tls-client-ca asks for it", "[host][tls]") {
  for (const auto& mode : host::kModes) {
    INFO(mode.name);
    EchoHost host(mutual_options_for(mode.name));
    check_good_tls_client(host, host.endpoint(), "client");
    CHECK(host.refused_for(WireError::kTlsHandshake) == 0);
    std::uint64_t refused = 0;
    for (const char* const stranger : {"", "stranger"}) {
      INFO("certificate '" << stranger << "'");
      const auto call = [&] {
        TlsEchoConnection client(host.endpoint(), kFramedBinary, stranger);
        std::string reply;
        client->echo(reply, "t");
      };
      CHECK_THROWS_AS(call(), TException);
      ++refused;
      CHECK(eventually([&] { return host.refused_for(WireError::kTlsHandshake) == refused; }));
    }
    CHECK(host.host().counters().messages_in == 1);
    check_good_tls_client(host, host.endpoint(), "client");
  }
}

TEST_CASE("a client that does not trust the server's certificate says so, which is counted", "[host][tls]") {
  for (const auto& mode : host::kModes) {
    INFO(mode.name);
    EchoHost host(tls_options_for(mode.name, "impostor"));
    RawTls client(host.endpoint());
    CHECK_FALSE(client.handshake());
    CHECK(client.end() == wire::TlsStream::Status::kFailed);
    CHECK(eventually([&] { return host.refused_for(WireError::kTlsHandshake) == 1; }));
    CHECK(eventually([&] { return host.host().connections_open() == 0; }));
  }
}

/// The log of a host with that certificate, once `meet` has failed to shake hands with it.
void check_advice(const host::ModeRow& mode, std::string_view certificate,
                  const std::function<void(RawTls&)>& meet, const std::string& advice) {
  INFO(mode.name << ' ' << certificate);
  const CapturedLog log;
  host::Host host(tls_options_for(mode.name, certificate),
                  std::make_shared<echo_service::EchoProcessor>(nullptr), log.logger());
  host.start();
  RawTls client(host.endpoints().front());
  meet(client);
  CHECK(eventually([&] { return log.count("tls_handshake: ") == 1; }));
  CHECK(log.count(": closed, tls_handshake: the TLS handshake failed: " + advice) == 1);
  host.stop();
}

TEST_CASE("of a client that finds the certificate expired the log says whether it has ended", "[host][tls]") {
  for (const auto& mode : host::kModes) {
    check_advice(
        mode, "expired", [](RawTls& client) { CHECK_FALSE(client.handshake()); },
        "the server's certificate has ended, put a valid one in its place (the client ended it with the "
        "alert "
        "'certificate expired')");
    const auto say_expired = [](RawTls& client) {
      client.greet();
      client.raw().send(bytes({0x15, 3, 3, 0, 2, 2, 45}));
    };
    check_advice(mode, "server", say_expired,
                 "the server's certificate has not ended, let the client set its clock right");
    check_advice(
        mode, "impostor", [](RawTls& client) { CHECK_FALSE(client.handshake()); },
        "let the client trust the server's CA");
  }
}

TEST_CASE("a stock client checks the name in the server's certificate", "[host][tls]") {
  EchoHost host(tls_options_for("threaded", "wrong-name"));
  const auto call = [&] {
    TlsEchoConnection client(host.endpoint(), kFramedBinary);
    std::string reply;
    client->echo(reply, "t");
  };
  CHECK_THROWS_AS(call(), TException);
}

/// The greeting of a client that speaks nothing newer than that.
std::string client_hello(int minor) {
  const std::string body =
      bytes({3, minor}) + std::string(32, 'r') + bytes({0, 0, 4, 0xc0, 0x13, 0, 0x2f, 1, 0});
  const auto size = static_cast<int>(body.size());
  return bytes({0x16, 3, 1, 0, size + 4, 1, 0, 0, size}) + body;
}

TEST_CASE("TLS 1.0 and 1.1 are refused with the alert that says why", "[host][tls]") {
  for (const auto& mode : host::kModes) {
    INFO(mode.name);
    EchoHost host(tls_options_for(mode.name));
    std::uint64_t refused = 0;
    for (const int minor : {1, 2}) {
      RawConnection old(host.endpoint());
      old.send(client_hello(minor));
      const std::string alert = old.receive();
      REQUIRE(alert.size() == 7);
      CHECK(alert.substr(5) == bytes({2, 70}));
      ++refused;
      CHECK(eventually([&] { return host.refused_for(WireError::kTlsHandshake) == refused; }));
    }
  }
}

TEST_CASE("a Thrift client without TLS at a TLS port is told so in its own dialect", "[host][tls]") {
  for (const auto& mode : host::kModes) {
    EchoHost host(tls_options_for(mode.name));
    std::uint64_t refused = 0;
    for (const wire::Dialect& dialect : all_dialects()) {
      INFO(mode.name << ' ' << wire::name(dialect.protocol) << ' ' << wire::name(dialect.transport));
      wire::Endpoint plain = host.endpoint();
      plain.tls = false;
      EchoConnection client(plain, dialect.protocol, dialect.transport);
      std::string reply;
      try {
        client->echo(reply, "t");
        FAIL("was answered");
      } catch (const apache::thrift::TApplicationException& error) {
        CHECK(carries(mode, dialect.transport));
        CHECK(std::string(error.what()).find("use TLS") != std::string::npos);
      } catch (const TException&) {
        CHECK_FALSE(carries(mode, dialect.transport));
      }
      CHECK(host.refused_for(WireError::kPlain) == ++refused);
    }
    CHECK(host.host().counters().messages_in == 0);
    CHECK(eventually([&] { return host.host().connections_open() == 0; }));
    check_good_tls_client(host, host.endpoint());
  }
}

TEST_CASE("whatever else comes without TLS to a TLS port is counted as that", "[host][tls][hostile]") {
  const std::vector<std::string> all = {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n",
                                        std::string(8, '\0'), std::string(100, '\xff')};
  for (const auto& mode : host::kModes) {
    EchoHost host(tls_options_for(mode.name));
    std::uint64_t refused = 0;
    for (const std::string& first : all) {
      INFO(mode.name << ' ' << first);
      RawConnection client(host.endpoint());
      client.send(first);
      client.receive();
      ++refused;
      CHECK(eventually([&] { return host.refused_for(WireError::kPlain) == refused; }));
    }
    check_good_tls_client(host, host.endpoint());
  }
}

TEST_CASE("a TLS client at a plain port is refused with an alert, and counted", "[host][tls]") {
  for (const auto& mode : host::kModes) {
    INFO(mode.name);
    EchoHost host(options_for(mode.name));
    RawTls client(host.endpoint());
    CHECK_FALSE(client.handshake());
    CHECK(client.end() == wire::TlsStream::Status::kFailed);
    CHECK(client.failure().find("protocol version") != std::string::npos);
    CHECK(eventually([&] { return host.refused_for(WireError::kTls) == 1; }));
    CHECK(eventually([&] { return host.host().connections_open() == 0; }));
  }
}

TEST_CASE("one host serves plain and TLS side by side", "[host][tls]") {
  for (const auto& mode : host::kModes) {
    INFO(mode.name);
    auto options = tls_options_for(mode.name);
    options.listen.push_back({.host = "127.0.0.1", .port = 0, .path = {}});
    EchoHost host(options);
    REQUIRE(host.host().endpoints().size() == 2);
    REQUIRE(host.endpoint(0).tls);
    REQUIRE_FALSE(host.endpoint(1).tls);
    TlsEchoConnection over_tls(host.endpoint(0), kFramedBinary);
    EchoConnection plain(host.endpoint(1), wire::Protocol::kBinary, wire::Transport::kFramed);
    std::string reply;
    for (int i = 0; i < 5; ++i) {
      over_tls->echo(reply, "tls");
      CHECK(reply == "tls");
      plain->echo(reply, "plain");
      CHECK(reply == "plain");
    }
  }
}

TEST_CASE("bytes that are no TLS in the middle of it cost the connection, and count once",
          "[host][tls][hostile]") {
  const std::string call = written(kFramedBinary, [](EchoClient& client) { client.send_echo("good"); });
  const std::vector<std::string> all = {bytes({0x17, 3, 3, 0, 20}) + std::string(20, 'x'), call,
                                        bytes({0x17, 3, 3, 0xff, 0xff}) + std::string(100, 'x'),
                                        std::string(500, '\0')};
  for (const auto& mode : host::kModes) {
    EchoHost host(tls_options_for(mode.name));
    std::uint64_t refused = 0;
    for (const std::string& garbage : all) {
      INFO(mode.name << ' ' << refused);
      RawTls client(host.endpoint());
      REQUIRE(client.handshake());
      CHECK(client.send(call));
      CHECK(client.receive(call.size()).size() == call.size());
      client.raw().send(garbage);
      client.receive();
      ++refused;
      CHECK(eventually([&] { return host.refused_for(WireError::kMalformed) == refused; }));
    }
    CHECK(eventually([&] { return host.host().connections_open() == 0; }));
    check_good_tls_client(host, host.endpoint());
  }
}

TEST_CASE("a Thrift message that is refused over TLS is told why over TLS", "[host][tls]") {
  for (const auto& mode : host::kModes) {
    if (!mode.carries_buffered) continue;
    INFO(mode.name);
    auto options = tls_options_for(mode.name);
    options.protocol = wire::Protocol::kCompact;
    EchoHost host(options);
    TlsEchoConnection client(host.endpoint(), kFramedBinary);
    std::string reply;
    try {
      client->echo(reply, "t");
      FAIL("was answered");
    } catch (const apache::thrift::TApplicationException& error) {
      CHECK(std::string(error.what()).find("--protocol") != std::string::npos);
    }
  }
}

}  // namespace
}  // namespace timeservice::test
