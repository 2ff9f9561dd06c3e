// Calls whose time is over, and servers that say nothing.

#include "test/client/async_under_test.h"
#include "test/support/catch.h"

namespace timeservice::client {
namespace {

using std::chrono::milliseconds;

/// Long enough for a request to be sent, and short enough to wait for its end.
constexpr milliseconds kShort{200};

TEST_CASE("a reply that comes after the deadline is dropped, and the connection stays", "[async_deadline]") {
  std::promise<void> failed;
  Peer peer([&](PeerConnection& connection, int) {
    connection.reply_text(connection.read_request(), "connected");
    const auto first = connection.read_request();
    failed.get_future().wait_for(kPatience);
    connection.reply_text(first, "late");
    connection.reply_text(connection.read_request(), "own");
    connection.wait_until_closed();
  });
  AsyncTimeClient client(patient_options({peer.endpoint()}));
  CHECK(get(client.get_time(kPatience)) == "connected");
  CHECK(failure<TimeoutError>(client.get_time(kShort)) ==
        at(peer.endpoint(),
           "receive: no reply within 200 ms: the server may be overloaded, or takes only framed transport: "
           "try --transport framed"));
  failed.set_value();
  CHECK(get(client.get_time(kPatience)) == "own");
  CHECK(peer.connections() == 1);
}

/// Answers the second request too late, as an `exception` or a reply.
Peer::Script late_by(std::future<void>& failed, bool exception) {
  return [&failed, exception](PeerConnection& connection, int) {
    connection.reply_text(connection.read_request(), "connected");
    const auto late = connection.read_request();
    failed.wait_for(kPatience);
    if (exception) {
      connection.reply_error(late, apache::thrift::TApplicationException::INTERNAL_ERROR, "late");
    } else {
      connection.reply_text(late, "late");
    }
    connection.reply_text(connection.read_request(), "own");
  };
}

TEST_CASE("a late exception, or a late reply in any protocol, is dropped too", "[async_deadline]") {
  for (const bool exception : {false, true}) {
    for (const auto& protocol : wire::kProtocols) {
      if (protocol.protocol == wire::Protocol::kAuto) continue;
      CAPTURE(protocol.name, exception);
      std::promise<void> failed;
      std::future<void> seen = failed.get_future();
      Peer peer(late_by(seen, exception), Peer::Address::kV4, {protocol.protocol, wire::Transport::kFramed});
      ClientOptions options = patient_options({peer.endpoint()});
      options.protocol = protocol.protocol;
      options.transport = wire::Transport::kFramed;
      AsyncTimeClient client(options);
      CHECK(get(client.get_time(kPatience)) == "connected");
      CHECK_THROWS_AS(get(client.get_time(kShort)), TimeoutError);
      failed.set_value();
      CHECK(get(client.get_time(kPatience)) == "own");
    }
  }
}

TEST_CASE("each call has its own deadline, whatever order they are made in", "[async_deadline]") {
  std::promise<void> answer;
  Peer peer([&](PeerConnection& connection, int) {
    const auto patient = connection.read_request();
    connection.read_request();
    answer.get_future().wait_for(kPatience);
    connection.reply_text(patient, "noon");
    connection.wait_until_closed();
  });
  AsyncTimeClient client(patient_options({peer.endpoint()}));
  auto patient = client.get_time(kPatience);
  auto hasty = client.get_time(kShort);
  CHECK_THROWS_AS(get(hasty), TimeoutError);
  CHECK(patient.wait_for(std::chrono::seconds(0)) == std::future_status::timeout);
  answer.set_value();
  CHECK(get(patient) == "noon");
}

TEST_CASE("a call without time is not made", "[async_deadline]") {
  Peer peer([](PeerConnection& connection, int) { connection.wait_until_closed(); });
  AsyncTimeClient client(patient_options({peer.endpoint()}));
  CHECK_THROWS_AS(get(client.get_time(milliseconds(0))), TimeoutError);
  CHECK_THROWS_AS(get(client.get_time(milliseconds::min())), TimeoutError);
  CHECK(peer.connections() == 0);
}

TEST_CASE("the longest of times is no overflow", "[async_deadline]") {
  LocalClock clock;
  Peer peer([&](PeerConnection& connection, int) { connection.serve(clock); });
  AsyncTimeClient client(patient_options({peer.endpoint()}));
  CHECK(get(client.get_status(milliseconds::max())).version == "9.8.7");
}

TEST_CASE("a server that owes replies and sends nothing is given up", "[async_deadline]") {
  std::promise<void> closed;
  Peer peer([&](PeerConnection& connection, int index) {
    const auto request = connection.read_request();
    if (index > 0) connection.reply_text(request, "noon");
    connection.wait_until_closed();
    if (index == 0) closed.set_value();
  });
  ClientOptions options = patient_options({peer.endpoint()});
  options.receive_timeout = kShort;
  AsyncTimeClient client(options);
  auto first = client.get_time(kPatience);
  auto second = client.get_time(kPatience);
  CHECK(failure<TimeoutError>(first).find("receive: no reply within 200 ms") != std::string::npos);
  CHECK_THROWS_AS(get(second), TimeoutError);
  CHECK(comes(closed.get_future()));
  CHECK(get(client.get_time(kPatience)) == "noon");
  CHECK(peer.connections() == 2);
}

TEST_CASE("a server that owes only late replies is given up too", "[async_deadline]") {
  std::promise<void> closed;
  Peer peer([&](PeerConnection& connection, int) {
    connection.read_request();
    connection.wait_until_closed();
    closed.set_value();
  });
  ClientOptions options = patient_options({peer.endpoint()});
  options.receive_timeout = 3 * kShort;
  AsyncTimeClient client(options);
  CHECK_THROWS_AS(get(client.get_time(kShort)), TimeoutError);
  CHECK(comes(closed.get_future()));
}

TEST_CASE("a connection that is idle for long is no silent server", "[async_deadline]") {
  Peer peer([](PeerConnection& connection, int index) {
    if (index == 1) return connection.wait_until_closed();
    connection.reply_text(connection.read_request(), "noon");
    connection.reply_text(connection.read_request(), "still noon");
    connection.wait_until_closed();
  });
  ClientOptions options = patient_options({peer.endpoint()});
  options.receive_timeout = kShort;
  AsyncTimeClient client(options);
  CHECK(get(client.get_time(kPatience)) == "noon");
  // Another client's call takes longer than this one's server may be silent.
  AsyncTimeClient other(patient_options({peer.endpoint()}));
  CHECK_THROWS_AS(get(other.get_time(2 * kShort)), TimeoutError);
  CHECK(get(client.get_time(kPatience)) == "still noon");
}

TEST_CASE("with max_in_flight replies overdue the connection is given up", "[async_deadline]") {
  std::promise<void> closed;
  Peer peer([&](PeerConnection& connection, int index) {
    if (index == 0) {
      connection.reply_text(connection.read_request(), "connected");
      connection.wait_until_closed();
      closed.set_value();
    } else {
      connection.reply_text(connection.read_request(), "noon");
    }
  });
  AsyncTimeClient client(patient_options({peer.endpoint()}), 3);
  CHECK(get(client.get_time(kPatience)) == "connected");
  std::vector<std::future<std::string>> texts;
  for (int call = 0; call < 3; ++call) texts.push_back(client.get_time(kShort));
  for (auto& text : texts) CHECK_THROWS_AS(get(text), TimeoutError);
  CHECK(comes(closed.get_future()));
  CHECK(get(client.get_time(kPatience)) == "noon");
  CHECK(peer.connections() == 2);
}

TEST_CASE("a server that takes no bytes is given up", "[async_deadline]") {
  std::promise<void> given_up;
  std::future<void> end = given_up.get_future();
  Peer peer([&](PeerConnection&, int) { end.wait_for(kPatience); }, Peer::Address::kUnix);
  ClientOptions options = patient_options({peer.endpoint()});
  options.send_timeout = kShort;
  constexpr std::size_t kCalls = 30'000;  // more than the socket holds
  AsyncTimeClient client(options, kCalls);
  auto first = client.get_time(kPatience);
  for (std::size_t call = 1; call < kCalls; ++call) client.get_time(kPatience, nullptr);
  CHECK(failure<TimeoutError>(first) ==
        at(peer.endpoint(), "send: the server took no bytes within 200 ms: it may be overloaded or stopped"));
  given_up.set_value();
}

}  // namespace
}  // namespace timeservice::client
