// An asynchronous client over TLS, where all is well with the certificates.

#include <atomic>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include <openssl/ssl.h>

#include "test/client/client_tls_under_test.h"
#include "test/support/catch.h"

namespace timeservice::client {
namespace {

using std::chrono::milliseconds;

/// Gives up for nothing that a test does not mean.
ClientOptions patient(std::vector<wire::Endpoint> endpoints) {
  ClientOptions options = trusting(std::move(endpoints));
  options.connect_timeout = options.send_timeout = options.receive_timeout = kPatience;
  return options;
}

TEST_CASE("an asynchronous client speaks every protocol and transport over TLS", "[async_tls]") {
  LocalClock clock;
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    for (const auto& protocol : wire::kProtocols) {
      for (const auto& transport : wire::kTransports) {
        if (protocol.protocol == wire::Protocol::kAuto) continue;
        if (transport.transport == wire::Transport::kAuto) continue;
        CAPTURE(version, protocol.name, transport.name);
        Peer peer(serving(clock), Peer::Address::kV4, {protocol.protocol, transport.transport},
                  server_tls_of(version, "server"));
        ClientOptions options = patient({peer.endpoint()});
        options.protocol = protocol.protocol;
        options.transport = transport.transport;
        AsyncTimeClient client(options);
        auto status = client.get_status(kPatience);
        auto time = client.get_time(kPatience);
        CHECK(get(status).version == "9.8.7");
        CHECK(get(time) == "Tue Nov 24 21:30:56 2026");
        CHECK(peer.connections() == 1);
      }
    }
  }
}

TEST_CASE("an asynchronous client shows its certificate", "[async_tls]") {
  LocalClock clock;
  const int version = GENERATE(TLS1_2_VERSION, TLS1_3_VERSION);
  Peer peer = tls_peer(serving(clock), server_tls_of(version, "server", "ca.pem"));
  ClientOptions options = trusting_as("client", {peer.endpoint()});
  AsyncTimeClient client(options);
  CHECK(get(client.get_status(kPatience)).version == "9.8.7");
}

TEST_CASE("many threads have many calls in flight over one TLS connection", "[async_tls]") {
  LocalClock clock;
  Peer peer = tls_peer(serving(clock));
  AsyncTimeClient client(patient({peer.endpoint()}));
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (int round = 0; round < 10; ++round) {
        std::vector<std::pair<std::string, std::future<std::vector<LocalTime>>>> calls;
        for (int call = 0; call < 50; ++call) {
          const std::string zone = std::to_string(thread) + "/" + std::to_string(round * 50 + call);
          // Now and then larger than a record.
          const std::string format(call % 10 == 0 ? 20'000 : 3, 'f');
          calls.emplace_back(zone + "|" + format + "|7", client.to_local({7}, zone, format, kPatience));
        }
        for (auto& [expected, future] : calls) wrong += get(future).at(0).text != expected ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
  CHECK(peer.connections() == 1);
}

TEST_CASE("large replies come whole to an asynchronous client", "[async_tls]") {
  const std::string text(300'000, 'x');
  Peer peer = tls_peer([&](PeerConnection& connection, int) {
    for (;;) connection.reply_text(connection.read_request(), text);
  });
  AsyncTimeClient client(patient({peer.endpoint()}));
  std::vector<std::future<std::string>> calls;
  for (int call = 0; call < 8; ++call) calls.push_back(client.get_time(kPatience));
  for (auto& call : calls) CHECK(get(call) == text);
}

TEST_CASE("a server that takes nothing for a while gets all requests in the end", "[async_tls]") {
  // More than the sockets take, so that TLS has to go on with a record that was sent in part.
  LocalClock clock;
  std::promise<void> sent;
  Peer peer = tls_peer([&](PeerConnection& connection, int) {
    connection.tls()->handshake();
    sent.get_future().wait();
    connection.serve(clock);
  });
  AsyncTimeClient client(patient({peer.endpoint()}));
  const std::string format(900'000, 'f');
  std::vector<std::future<std::vector<LocalTime>>> calls;
  for (int call = 0; call < 12; ++call) calls.push_back(client.to_local({call}, "UTC", format, kPatience));
  sent.set_value();
  for (int call = 0; call < 12; ++call) {
    CHECK(get(calls[static_cast<std::size_t>(call)]).at(0).text ==
          "UTC|" + format + "|" + std::to_string(call));
  }
}

TEST_CASE("a TLS connection that ends takes the calls in flight with it, and the next call finds another",
          "[async_tls]") {
  const bool in_order = GENERATE(false, true);
  LocalClock clock;
  Peer peer = tls_peer([&](PeerConnection& connection, int index) {
    if (index > 0) return connection.serve(clock);
    connection.read_request();
    connection.read_request();
    if (in_order) connection.tls()->finish();
    connection.close();
  });
  AsyncTimeClient client(patient({peer.endpoint()}));
  auto one = client.get_time(kPatience);
  auto two = client.get_time(kPatience);
  CHECK_THROWS_AS(get(one), ConnectionLost);
  CHECK_THROWS_AS(get(two), ConnectionLost);
  CHECK(get(client.get_status(kPatience)).version == "9.8.7");
  CHECK(peer.connections() == 2);
}

TEST_CASE("a silent server is given up over TLS", "[async_tls]") {
  Peer peer = tls_peer([](PeerConnection& connection, int) { connection.wait_until_closed(); });
  ClientOptions options = patient({peer.endpoint()});
  options.receive_timeout = milliseconds(100);
  AsyncTimeClient client(options);
  CHECK_THROWS_AS(get(client.get_time(kPatience)), TimeoutError);
}

TEST_CASE("a call's deadline holds while the handshake stalls", "[async_tls]") {
  Peer peer([](PeerConnection& connection, int) { connection.wait_until_closed(); });
  AsyncTimeClient client(patient({with_tls(peer.endpoint())}));
  CHECK(has(failure<TimeoutError>(client.get_time(milliseconds(50))), "connect: no connection within 50 ms"));
}

TEST_CASE("a client that is destroyed in the handshake lets its calls know", "[async_tls]") {
  std::promise<void> begun;
  Peer peer([&](PeerConnection& connection, int) {
    connection.wait_for_bytes();
    begun.set_value();
    connection.wait_until_closed();
  });
  std::future<std::string> call;
  {
    AsyncTimeClient client(patient({with_tls(peer.endpoint())}));
    call = client.get_time(kPatience);
    begun.get_future().wait();
  }
  CHECK_THROWS_AS(get(call), CallCancelled);
}

TEST_CASE("a client that is destroyed while TLS is busy lets its calls know", "[async_tls]") {
  const std::string text(200'000, 'x');
  Peer peer = tls_peer([&](PeerConnection& connection, int) {
    for (;;) connection.reply_text(connection.read_request(), text);
  });
  std::vector<std::future<std::string>> calls;
  {
    AsyncTimeClient client(patient({peer.endpoint()}));
    for (int call = 0; call < 100; ++call) calls.push_back(client.get_time(kPatience));
    CHECK(get(calls.front()) == text);
  }
  for (std::size_t call = 1; call < calls.size(); ++call) {
    std::string reply;
    try {
      reply = get(calls[call]);
    } catch (const CallCancelled&) {
      continue;
    }
    CHECK(reply == text);
  }
}

}  // namespace
}  // namespace timeservice::client
