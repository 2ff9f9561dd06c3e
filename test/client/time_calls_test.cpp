// What a client makes of the answers to each call.

#include <limits>

#include "test/client/client_under_test.h"
#include "test/client/peer.h"
#include "test/support/catch.h"

namespace timeservice::client {
namespace {

constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();

/// Says that true time is what it was when it was asked, exactly, and answers late.
class SlowClock : public LocalClock {
 public:
  std::chrono::milliseconds takes{30};
  void now(TimeInterval& interval, const std::int64_t) override {
    interval.__set_earliest_ns(wall_clock_ns());
    interval.__set_latest_ns(interval.earliest_ns);
    interval.__set_state(ClockState::HOLDOVER);
    const auto end = std::chrono::steady_clock::now() + takes;
    while (std::chrono::steady_clock::now() < end) {
    }
  }
};

TEST_CASE("the interval of now holds on receipt, however long the reply took", "[time_calls]") {
  SlowClock slow;
  Peer peer(serving(slow));
  TimeClient client(options_for({peer.endpoint()}));
  client.get_time();  // connects
  for (int call = 0; call < 3; ++call) {
    const std::int64_t before_ns = wall_clock_ns();
    const TrueTime time = client.now();
    const std::int64_t after_ns = wall_clock_ns();
    CHECK(time.earliest_ns >= before_ns);
    CHECK(time.latest_ns - time.earliest_ns >= 30'000'000);
    // The clock was read a moment before.
    CHECK(time.latest_ns >= after_ns - 20'000'000);
    CHECK(time.state == ClockState::HOLDOVER);
  }
}

TEST_CASE("an interval at the end of 64 bits stays there", "[time_calls]") {
  TimeInterval interval;
  interval.earliest_ns = kMax - 10;
  interval.latest_ns = kMax - 5;
  interval.state = ClockState::SYNCHRONIZED;
  const TrueTime time = on_receipt(interval, 1000);
  CHECK(time.earliest_ns == kMax - 10);
  CHECK(time.latest_ns == kMax);
}

TEST_CASE("the round trip is taken to be as long as a slow clock would have it", "[time_calls]") {
  TimeInterval interval;
  interval.latest_ns = 0;
  CHECK(on_receipt(interval, 1'000'000).latest_ns >= 1'000'500);
  CHECK(on_receipt(interval, 1'000'000).latest_ns < 1'000'600);
}

TEST_CASE("the middle and the error of an interval cover it, at any width", "[time_calls]") {
  struct Row {
    std::int64_t earliest, latest, middle, error;
  };
  const Row rows[] = {{10, 10, 10, 0},
                      {10, 13, 11, 2},
                      {-7, -2, -5, 3},
                      {std::numeric_limits<std::int64_t>::min() + 1, kMax, 0, kMax}};
  for (const Row& row : rows) {
    const TrueTime time{row.earliest, row.latest, ClockState::SYNCHRONIZED};
    CAPTURE(row.earliest, row.latest);
    CHECK(time.middle_ns() == row.middle);
    CHECK(time.error_ns() == row.error);
  }
}

TEST_CASE("max_error reaches the server", "[time_calls]") {
  LocalClock clock;
  clock.error_ns = 1000;
  Peer peer(serving(clock));
  TimeClient client(options_for({peer.endpoint()}));
  CHECK_NOTHROW(client.now());
  CHECK_NOTHROW(client.now(1000));
  CHECK_THROWS_AS(client.now(999), ClockUnreliableError);
}

TEST_CASE("a list of any length is converted, in order", "[time_calls]") {
  LocalClock clock;
  Peer peer(serving(clock));
  TimeClient client(options_for({peer.endpoint()}));
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, TimeClient::kBatch, TimeClient::kBatch + 1,
                                 3 * TimeClient::kBatch + 7}) {
    std::vector<std::int64_t> instants_ns;
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < size; ++i) {
      instants_ns.push_back(static_cast<std::int64_t>(i));
      texts.emplace_back(i % 50 + 1, 'x');
    }
    CAPTURE(size);
    const auto local_times = client.to_local(instants_ns);
    const auto resolved = client.from_local(texts);
    REQUIRE(local_times.size() == size);
    REQUIRE(resolved.size() == size);
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < size; ++i) {
      wrong += local_times[i].text != "UTC||" + std::to_string(i);
      wrong += resolved[i].instant_ns != static_cast<std::int64_t>(i % 50 + 1);
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("an empty list is asked for, for its zone may be wrong", "[time_calls]") {
  LocalClock clock;
  Peer peer(serving(clock));
  TimeClient client(options_for({peer.endpoint()}));
  CHECK_THROWS_AS(client.from_local({}, "Nowhere"), BadRequestError);
}

TEST_CASE("a bad item is named by its place in the whole list", "[time_calls]") {
  LocalClock clock;
  Peer peer(serving(clock));
  TimeClient client(options_for({peer.endpoint()}));
  std::vector<std::int64_t> instants_ns(5000, 1);
  for (const std::size_t bad : {std::size_t{0}, std::size_t{999}, std::size_t{1000}, std::size_t{4321}}) {
    auto items = instants_ns;
    items[bad] = -1;
    try {
      client.to_local(items);
      FAIL("nothing was thrown");
    } catch (const BadRequestError& error) {
      CHECK(error.index() == static_cast<std::int64_t>(bad));
      CHECK(error.code() == BadRequestCode::OUT_OF_RANGE);
    }
  }
}

TEST_CASE("periods are those that were asked for", "[time_calls]") {
  LocalClock clock;
  Peer peer(serving(clock));
  TimeClient client(options_for({peer.endpoint()}));
  const auto periods = client.zone_periods("UTC", -10, 10);
  REQUIRE(periods.size() == 2);
  CHECK(periods[0].start_ns == -10);
  CHECK(periods[1].end_ns == 10);
  CHECK(client.zone_periods("UTC", 10, 10).empty());
  CHECK(client.zone_periods("UTC", 10, -10).empty());
}

}  // namespace
}  // namespace timeservice::client
