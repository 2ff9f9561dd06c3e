// What an AsyncTimeClient gets from a server that does its part.

#include "client/async_time_client.h"

#include <atomic>
#include <cstdlib>
#include <system_error>
#include <thread>

#include "test/client/async_under_test.h"
#include "test/support/catch.h"

namespace timeservice::client {
namespace {

constexpr std::int64_t kHour = 3'600'000'000'000;

TEST_CASE("every call has its value", "[async_time_client]") {
  LocalClock clock;
  clock.ahead_ns = kHour;
  Peer peer([&](PeerConnection& connection, int) { connection.serve(clock); });
  AsyncTimeClient client(patient_options({peer.endpoint()}));
  auto text = client.get_time(kPatience);
  auto comparison_to_come = client.exchange_once(kPatience);
  auto status = client.get_status(kPatience);
  CHECK(get(text) == "Tue Nov 24 21:30:56 2026");
  const ClockComparison comparison = get(comparison_to_come);
  CHECK(comparison.samples == 1);
  CHECK(std::llabs(comparison.offset_ns - kHour) <= comparison.bound_ns);
  CHECK(comparison.server_error_ns == 250);
  CHECK(get(status).version == "9.8.7");
  CHECK(peer.connections() == 1);
}

TEST_CASE("replies that come in another order are given to their calls", "[async_time_client]") {
  constexpr int kCalls = 100;
  Peer peer([](PeerConnection& connection, int) {
    std::vector<PeerConnection::Request> requests;
    while (requests.size() < kCalls) requests.push_back(connection.read_request());
    for (int call = kCalls - 1; call >= 0; --call) {
      connection.reply_text(requests[static_cast<std::size_t>(call)], std::to_string(call));
    }
    connection.wait_until_closed();
  });
  AsyncTimeClient client(patient_options({peer.endpoint()}));
  std::vector<std::future<std::string>> texts;
  for (int call = 0; call < kCalls; ++call) texts.push_back(client.get_time(kPatience));
  for (int call = 0; call < kCalls; ++call) {
    CHECK(get(texts[static_cast<std::size_t>(call)]) == std::to_string(call));
  }
  CHECK(peer.connections() == 1);
}

/// Answers nothing until it is opened, so that all calls are in flight together.
class GatedClock : public LocalClock {
 public:
  std::promise<void> open;

  void exchange(ClockExchange& reply, const std::int64_t client_send_ns) override {
    opened_.wait_for(kPatience);
    LocalClock::exchange(reply, client_send_ns);
  }

 private:
  std::future<void> opened_ = open.get_future();
};

// That a reply is the call's own is checked by its echo of T1: another's is a mismatch.
TEST_CASE("10000 calls in flight from 8 threads each get their own reply", "[async_time_client]") {
  constexpr std::size_t kThreads = 8;
  constexpr std::size_t kCalls = 10'000;
  GatedClock clock;
  Peer peer([&](PeerConnection& connection, int) { connection.serve(clock); });
  AsyncTimeClient client(patient_options({peer.endpoint()}), kCalls);
  std::vector<std::vector<std::future<ClockComparison>>> made(kThreads);
  std::vector<std::thread> threads;
  for (auto& own : made) {
    threads.emplace_back([&] {
      while (own.size() < kCalls / kThreads) own.push_back(client.exchange_once(kPatience));
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK_THROWS_AS(get(client.exchange_once(kPatience)), TooManyInFlight);  // as all are in flight
  clock.open.set_value();
  std::size_t good = 0;
  for (auto& own : made) {
    for (auto& comparison : own) good += get(comparison).samples == 1 ? 1 : 0;
  }
  CHECK(good == kCalls);
  CHECK(peer.connections() == 1);
}

TEST_CASE("threads that wait for each of their calls share the connection", "[async_time_client]") {
  LocalClock clock;
  Peer peer([&](PeerConnection& connection, int) { connection.serve(clock); });
  AsyncTimeClient client(patient_options({peer.endpoint()}));
  std::atomic<int> good = 0;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 8; ++thread) {
    threads.emplace_back([&] {
      for (int call = 0; call < 100; ++call) {
        if (get(client.get_time(kPatience)) == "Tue Nov 24 21:30:56 2026") ++good;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(good == 800);
  CHECK(peer.connections() == 1);
}

TEST_CASE("large replies come whole, among small ones", "[async_time_client]") {
  const std::string large(900'000, 'x');
  Peer peer([&](PeerConnection& connection, int) {
    for (int call = 0;; ++call)
      connection.reply_text(connection.read_request(), call % 2 == 0 ? large : "small");
  });
  AsyncTimeClient client(patient_options({peer.endpoint()}));
  std::vector<std::future<std::string>> texts;
  for (int call = 0; call < 20; ++call) texts.push_back(client.get_time(kPatience));
  for (std::size_t call = 0; call < texts.size(); ++call) {
    CHECK((get(texts[call]) == (call % 2 == 0 ? large : "small")));
  }
}

TEST_CASE("a bound that the clock's state does not promise is -1", "[async_time_client]") {
  LocalClock clock;
  clock.state = ClockState::UNSYNCHRONIZED;
  clock.error_ns = 5;
  Peer peer([&](PeerConnection& connection, int) { connection.serve(clock); });
  AsyncTimeClient client(patient_options({peer.endpoint()}));
  const ServerStatus status = get(client.get_status(kPatience));
  CHECK(status.clock.state == ClockState::UNSYNCHRONIZED);
  CHECK(status.clock.error_ns == -1);
}

TEST_CASE("a client that is destroyed closes in order", "[async_time_client]") {
  std::promise<void> gone;
  std::promise<bool> in_order;
  Peer peer([&](PeerConnection& connection, int) {
    connection.reply_text(connection.read_request(), "noon");
    gone.get_future().wait_for(kPatience);
    in_order.set_value(connection.closed_in_order());
  });
  CHECK(get(AsyncTimeClient(patient_options({peer.endpoint()})).get_time(kPatience)) == "noon");
  gone.set_value();
  CHECK(get(in_order.get_future()));
}

TEST_CASE("options that no client can use are refused by the asynchronous client", "[async_time_client]") {
  ClientOptions options;
  options.protocol = wire::Protocol::kAuto;
  CHECK_THROWS_AS(AsyncTimeClient(options), std::invalid_argument);
  CHECK(line_of<std::invalid_argument>([] { AsyncTimeClient client(ClientOptions{}, 0); }) ==
        "0 calls in flight: write a number from 1 to 10000000");
}

}  // namespace
}  // namespace timeservice::client
