// What becomes of calls in flight when the connection ends.

#include "test/client/async_under_test.h"
#include "test/support/catch.h"

namespace timeservice::client {
namespace {

TEST_CASE("a lost connection fails all in flight once, and no call is made again", "[async_failure]") {
  for (const bool by_reset : {false, true}) {
    CAPTURE(by_reset);
    std::promise<void> answered;
    std::future<void> seen = answered.get_future();
    Peer peer([&](PeerConnection& connection, int index) {
      connection.reply_text(connection.read_request(), "noon");
      if (index > 0) return connection.wait_until_closed();
      connection.read_request();
      connection.read_request();
      seen.wait_for(kPatience);
      by_reset ? connection.reset() : connection.close();
    });
    AsyncTimeClient client(patient_options({peer.endpoint()}));
    auto first = client.get_time(kPatience);
    auto second = client.get_time(kPatience);
    auto third = client.get_time(kPatience);
    CHECK(get(first) == "noon");
    answered.set_value();
    CHECK(failure<ConnectionLost>(second) ==
          at(peer.endpoint(), std::string("receive: the server ") + (by_reset ? "reset" : "closed") +
                                  " the connection: it may be stopping or at its connection limit, or it "
                                  "refuses binary over buffered transport: check --protocol and --transport, "
                                  "and that this is a port for Thrift"));
    CHECK_THROWS_AS(get(third), ConnectionLost);
    CHECK(peer.connections() == 1);
    CHECK(get(client.get_time(kPatience)) == "noon");
    CHECK(peer.connections() == 2);
  }
}

TEST_CASE("replies that came before the end of the connection are not lost", "[async_failure]") {
  constexpr int kCalls = 1000;
  Peer peer([](PeerConnection& connection, int) {
    for (int call = 0; call < kCalls; ++call) connection.reply_text(connection.read_request(), "noon");
  });
  AsyncTimeClient client(patient_options({peer.endpoint()}));
  std::vector<std::future<std::string>> texts;
  for (int call = 0; call < kCalls; ++call) texts.push_back(client.get_time(kPatience));
  int good = 0;
  for (auto& text : texts) good += get(text) == "noon" ? 1 : 0;
  CHECK(good == kCalls);
}

TEST_CASE("replies that came before a write failed are not lost", "[async_failure]") {
  // More than one read takes, and less than the socket holds. A unix socket, as TCP's
  // fails a write only by a reset, which may take back what has come.
  const std::string text(9000, 'x');
  constexpr int kCalls = 6;
  std::promise<void> closed;
  std::future<void> end = closed.get_future();
  Peer peer(
      [&](PeerConnection& connection, int) {
        std::vector<PeerConnection::Request> requests;
        while (requests.size() < kCalls) requests.push_back(connection.read_request());
        for (const auto& request : requests) connection.reply_text(request, text);
        connection.close();
        closed.set_value();
      },
      Peer::Address::kUnix);
  AsyncTimeClient client(patient_options({peer.endpoint()}));
  std::promise<std::future<std::string>> next;
  client.get_time(kPatience, [&](const Result<std::string>&) {
    end.wait_for(kPatience);
    next.set_value(client.get_time(kPatience));
  });
  std::vector<std::future<std::string>> texts;
  for (int call = 1; call < kCalls; ++call) texts.push_back(client.get_time(kPatience));
  int good = 0;
  for (auto& one : texts) good += get(one) == text ? 1 : 0;
  CHECK(good == kCalls - 1);
  auto lost = get(next.get_future());
  CHECK_THROWS_AS(get(lost), ConnectionLost);
}

TEST_CASE("a connection that ends while it is idle costs at most one call", "[async_failure]") {
  Peer peer(
      [](PeerConnection& connection, int) { connection.reply_text(connection.read_request(), "noon"); });
  AsyncTimeClient client(patient_options({peer.endpoint()}));
  for (int round = 0; round < 20; ++round) {
    std::string text;
    try {
      text = get(client.get_time(kPatience));
    } catch (const ConnectionLost&) {
      text = get(client.get_time(kPatience));
    }
    CHECK(text == "noon");
  }
}

TEST_CASE("after a failure the next endpoint is taken, and after an idle end the same", "[async_failure]") {
  LocalClock clock;
  Peer bad([](PeerConnection& connection, int) { connection.read_request(); });
  Peer good([&](PeerConnection& connection, int) { connection.serve(clock); });
  AsyncTimeClient client(patient_options({bad.endpoint(), good.endpoint()}));
  CHECK_THROWS_AS(get(client.get_status(kPatience)), ConnectionLost);
  CHECK(get(client.get_status(kPatience)).version == "9.8.7");
  CHECK(bad.connections() == 1);
  CHECK(good.connections() == 1);
}

}  // namespace
}  // namespace timeservice::client
