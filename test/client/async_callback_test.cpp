// Callbacks, and the end of a client.

#include <atomic>
#include <functional>
#include <memory>
#include <thread>

#include "test/client/async_under_test.h"
#include "test/support/catch.h"

namespace timeservice::client {
namespace {

Peer::Script silent() {
  return [](PeerConnection& connection, int) { connection.wait_until_closed(); };
}

TEST_CASE("each call has a form with a callback", "[async_callback]") {
  LocalClock clock;
  Peer peer(serving(clock));
  AsyncTimeClient client(patient_options({peer.endpoint()}));
  std::promise<std::string> text;
  std::promise<ClockComparison> comparison;
  std::promise<ServerStatus> status;
  client.get_time(kPatience, [&](Result<std::string> result) { text.set_value(result.value()); });
  client.exchange_once(kPatience,
                       [&](Result<ClockComparison> result) { comparison.set_value(result.value()); });
  client.get_status(kPatience, [&](Result<ServerStatus> result) { status.set_value(result.value()); });
  CHECK(get(text.get_future()) == "Tue Nov 24 21:30:56 2026");
  CHECK(get(comparison.get_future()).samples == 1);
  CHECK(get(status.get_future()).version == "9.8.7");
}

TEST_CASE("a callback gets the error that a future would throw", "[async_callback]") {
  DeadPort port;
  AsyncTimeClient client(patient_options({port.endpoint()}));
  std::promise<std::string> line;
  std::promise<bool> ok;
  client.get_time(kPatience, [&](Result<std::string> result) {
    ok.set_value(result.ok());
    line.set_value(line_of<ConnectError>([&] { result.value(); }));
  });
  CHECK_FALSE(get(ok.get_future()));
  CHECK(get(line.get_future()) == failure<ConnectError>(client.get_time(kPatience)));
}

TEST_CASE("a callback may make the next call, also with the only place taken", "[async_callback]") {
  LocalClock clock;
  Peer peer(serving(clock));
  AsyncTimeClient client(patient_options({peer.endpoint()}), 1);
  int left = 1000;
  std::promise<void> done;
  std::function<void(Result<std::string>)> next = [&](const Result<std::string>& result) {
    if (!result.ok() || --left == 0) return done.set_value();
    client.get_time(kPatience, next);
  };
  client.get_time(kPatience, next);
  CHECK(comes(done.get_future()));
  CHECK(left == 0);
}

TEST_CASE("while a callback runs no other call is answered or ends at its deadline", "[async_callback]") {
  LocalClock clock;
  Peer peer(serving(clock));
  AsyncTimeClient client(patient_options({peer.endpoint()}));
  std::promise<bool> waited_in_vain;
  std::future<std::string> answered;
  std::future<std::string> overdue;
  client.get_time(kPatience, [&](const Result<std::string>&) {
    answered = client.get_time(kPatience);
    overdue = client.get_time(std::chrono::milliseconds(1));
    waited_in_vain.set_value(answered.wait_for(std::chrono::milliseconds(50)) ==
                                 std::future_status::timeout &&
                             overdue.wait_for(std::chrono::milliseconds(0)) == std::future_status::timeout);
  });
  CHECK(get(waited_in_vain.get_future()));
  CHECK(get(answered).size() == 24);
  CHECK_THROWS_AS(get(overdue), TimeoutError);
}

TEST_CASE("what a callback throws does no harm to other calls", "[async_callback]") {
  LocalClock clock;
  Peer peer(serving(clock));
  AsyncTimeClient client(patient_options({peer.endpoint()}));
  client.get_time(kPatience, [](const Result<std::string>&) { throw 7; });
  client.get_time(kPatience, [](const Result<std::string>&) { throw std::runtime_error("no"); });
  client.get_time(kPatience, nullptr);
  CHECK(get(client.get_time(kPatience)) == "Tue Nov 24 21:30:56 2026");
  CHECK(peer.connections() == 1);
}

TEST_CASE("one call more than max_in_flight fails at once", "[async_callback]") {
  std::promise<void> answer;
  Peer peer([&](PeerConnection& connection, int) {
    const auto first = connection.read_request();
    const auto second = connection.read_request();
    answer.get_future().wait_for(kPatience);
    connection.reply_text(second, "second");
    connection.reply_text(first, "first");
    connection.reply_text(connection.read_request(), "third");
  });
  AsyncTimeClient client(patient_options({peer.endpoint()}), 2);
  auto first = client.get_time(kPatience);
  auto second = client.get_time(kPatience);
  auto refused = client.get_time(kPatience);
  REQUIRE(refused.wait_for(std::chrono::seconds(0)) == std::future_status::ready);
  CHECK(failure<TooManyInFlight>(refused) == "get_time: 2 calls are in flight: wait for some, or allow more");
  bool called = false;
  CHECK_THROWS_AS(client.get_time(kPatience, [&](const Result<std::string>&) { called = true; }),
                  TooManyInFlight);
  answer.set_value();
  CHECK(get(first) == "first");
  CHECK(get(second) == "second");
  CHECK(get(client.get_time(kPatience)) == "third");
  CHECK_FALSE(called);
}

TEST_CASE("a client that is destroyed fails the calls in flight, and waits for their callbacks",
          "[async_callback]") {
  Peer peer(silent());
  std::future<std::string> future;
  std::atomic<int> cancelled = 0;
  std::atomic<int> refused = 0;
  {
    AsyncTimeClient client(patient_options({peer.endpoint()}));
    future = client.get_time(kPatience);
    for (int call = 0; call < 100; ++call) {
      client.get_time(kPatience, [&](Result<std::string> result) {
        if (line_of<CallCancelled>([&] { result.value(); }) != "nothing was thrown") ++cancelled;
        try {
          client.get_time(kPatience, [](const Result<std::string>&) {});
        } catch (const CallCancelled&) {
          ++refused;
        }
      });
    }
  }
  CHECK(cancelled == 100);
  CHECK(refused == 100);
  CHECK(failure<CallCancelled>(future) == "the client was destroyed meanwhile");
}

TEST_CASE("a client that connects, or does nothing, can be destroyed", "[async_callback]") {
  DeafPort deaf;
  { AsyncTimeClient idle(patient_options({deaf.endpoint()})); }
  std::future<std::string> future;
  {
    AsyncTimeClient client(patient_options({deaf.endpoint()}));
    future = client.get_time(kPatience);
  }
  CHECK_THROWS_AS(get(future), CallCancelled);
}

TEST_CASE("a client may be destroyed in a callback of its own", "[async_callback]") {
  Peer peer([](PeerConnection& connection, int) {
    connection.reply_text(connection.read_request(), "noon");
    connection.wait_until_closed();
  });
  auto client = std::make_unique<AsyncTimeClient>(patient_options({peer.endpoint()}));
  std::promise<void> both_made;
  std::promise<void> destroyed;
  client->get_time(kPatience, [&, made = both_made.get_future().share()](const Result<std::string>&) {
    made.wait_for(kPatience);
    client.reset();
    destroyed.set_value();
  });
  auto other = client->get_time(kPatience);
  both_made.set_value();
  CHECK(comes(destroyed.get_future()));
  CHECK_THROWS_AS(get(other), CallCancelled);
}

}  // namespace
}  // namespace timeservice::client
