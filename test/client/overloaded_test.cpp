// A server that has too much to do does not run a call, and says so.

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "client/bounded_clock.h"
#include "client/timestamp_source.h"
#include "test/client/async_under_test.h"
#include "test/support/catch.h"

namespace timeservice::client {
namespace {

using apache::thrift::TApplicationException;

const std::string kText =
    "overloaded: the call waited longer than 5 ms and was not run: try again later, or raise the server's "
    "--queue-timeout";

/// Runs none of the first calls, over all connections, and then all.
class BusyPeer {
 public:
  explicit BusyPeer(
      int busy, TApplicationException::TApplicationExceptionType code = TApplicationException::INTERNAL_ERROR,
      const std::string& text = kText)
      : left_(busy), peer_([this, code, text](PeerConnection& connection, int) {
          for (;;) {
            const auto request = connection.read_request();
            ++calls_;
            if (left_ > 0) {
              --left_;
              connection.reply_error(request, code, text);
            } else {
              connection.reply_text(request, "noon");
            }
          }
        }) {}

  const wire::Endpoint& endpoint() const { return peer_.endpoint(); }
  int calls() const { return calls_; }
  int connections() const { return peer_.connections(); }

 private:
  std::atomic<int> left_;
  std::atomic<int> calls_ = 0;
  Peer peer_;
};

TEST_CASE("a call that an overloaded server did not run is made again after a wait", "[overloaded]") {
  BusyPeer busy(2);
  CountedWaits counted;
  TimeClient client(options_for({busy.endpoint()}), counted.hooks());
  CHECK(client.get_time() == "noon");
  CHECK(counted.waits == std::vector{std::chrono::milliseconds(37), std::chrono::milliseconds(75)});
  CHECK(busy.calls() == 3);
  CHECK(busy.connections() == 1);
}

TEST_CASE("what an overloaded server says reaches the caller in the end", "[overloaded]") {
  BusyPeer busy(100);
  CountedWaits counted;
  TimeClient client(options_for({busy.endpoint()}), counted.hooks());
  try {
    client.get_time();
    FAIL("nothing was thrown");
  } catch (const Overloaded& overloaded) {
    CHECK(overloaded.what() == at(busy.endpoint(), "get_time: the server replied: " + kText));
    CHECK(overloaded.code() == TApplicationException::INTERNAL_ERROR);
    CHECK(overloaded.method() == "get_time");
  }
  CHECK(counted.waits.size() == 2);
  CHECK(busy.calls() == 3);
}

TEST_CASE("the next endpoint is asked where one is overloaded", "[overloaded]") {
  BusyPeer busy(100);
  BusyPeer idle(0);
  CountedWaits counted;
  TimeClient client(options_for({busy.endpoint(), idle.endpoint()}), counted.hooks());
  CHECK(client.get_time() == "noon");
  CHECK(client.get_time() == "noon");
  CHECK(counted.waits.size() == 1);
  CHECK(busy.calls() == 1);
  CHECK(idle.calls() == 2);
}

TEST_CASE("an error that only looks like an overload is not made again", "[overloaded]") {
  const bool text = GENERATE(false, true);
  BusyPeer busy = text ? BusyPeer(1, TApplicationException::INTERNAL_ERROR, "the disk is overloaded: ")
                       : BusyPeer(1, TApplicationException::UNKNOWN, kText);
  CountedWaits counted;
  TimeClient client(options_for({busy.endpoint()}), counted.hooks());
  try {
    client.get_time();
    FAIL("nothing was thrown");
  } catch (const Overloaded&) {
    FAIL("it was taken for an overload");
  } catch (const ServerError&) {
  }
  CHECK(counted.waits.empty());
  CHECK(busy.calls() == 1);
}

TEST_CASE("an asynchronous call that was not run fails alone, and is not made again", "[overloaded]") {
  BusyPeer busy(1);
  AsyncTimeClient client(patient_options({busy.endpoint()}));
  CHECK(failure<Overloaded>(client.get_time(kPatience)) ==
        at(busy.endpoint(), "get_time: the server replied: " + kText));
  CHECK(get(client.get_time(kPatience)) == "noon");
  CHECK(busy.calls() == 2);
  CHECK(busy.connections() == 1);
}

TEST_CASE("a source of timestamps stays with a server that is overloaded", "[overloaded]") {
  LocalClock clock;
  std::atomic<int> calls = 0;
  Peer busy([&](PeerConnection& connection, int) {
    while (calls++ < 3) {
      connection.reply_error(connection.read_request(), TApplicationException::INTERNAL_ERROR, kText);
    }
    connection.serve(clock);
  });
  LocalClock other_clock;
  Peer other([&](PeerConnection& connection, int) { connection.serve(other_clock); });
  TimestampSourceOptions options;
  options.client.endpoints = {busy.endpoint(), other.endpoint()};
  options.timeout = kPatience;
  TimestampSource source(options);
  CHECK(source.take() == 1001);
  CHECK(busy.connections() == 1);
  CHECK(other.connections() == 0);
}

TEST_CASE("a take says that its server is overloaded when its time is over", "[overloaded]") {
  BusyPeer busy(1'000'000);
  TimestampSourceOptions options;
  options.client.endpoints = {busy.endpoint()};
  options.timeout = std::chrono::milliseconds(200);
  TimestampSource source(options);
  const std::string line = line_of<TimeoutError>([&] { source.take(); });
  CHECK(line.find("the server replied: overloaded: ") != std::string::npos);
}

TEST_CASE("a bounded clock keeps what it knows of a server that is overloaded", "[overloaded]") {
  LocalClock clock;
  clock.error_ns = 1000;
  std::atomic<bool> busy = false;
  std::atomic<int> refused = 0;
  Peer peer([&](PeerConnection& connection, int) {
    while (!busy) connection.serve_once(clock);
    for (;; ++refused) {
      connection.reply_error(connection.read_request(), TApplicationException::INTERNAL_ERROR, kText);
    }
  });
  BoundedClockOptions options;
  options.servers = {options_for({peer.endpoint()})};
  options.interval = std::chrono::milliseconds(5);
  options.timeout = kPatience;
  BoundedClock bounded(options);
  REQUIRE(bounded.wait_until_known(kPatience));
  busy = true;
  while (refused < 3) std::this_thread::yield();
  CHECK(bounded.try_now().has_value());
  CHECK(bounded.servers().at(0).trouble.find("overloaded: ") != std::string::npos);
  CHECK(peer.connections() == 1);
}

}  // namespace
}  // namespace timeservice::client
