#include "client/clock_comparison.h"

#include <cstring>
#include <limits>

#include "test/support/catch.h"

namespace timeservice::client {
namespace {

constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();

ClockExchange exchange(std::int64_t t1, std::int64_t t2, std::int64_t t3) {
  ClockExchange reply;
  reply.client_send_ns = t1;
  reply.server_receive_ns = t2;
  reply.server_send_ns = t3;
  return reply;
}

TEST_CASE("offset, delay and bound follow from the four timestamps", "[clock_comparison]") {
  struct Row {
    std::int64_t t1, t2, t3, t4;
    std::int64_t offset, delay, bound;
  };
  const Row rows[] = {
      {0, 0, 0, 0, 0, 0, 0},
      {100, 110, 120, 130, 0, 20, 10},        // equal clocks, 10 each way
      {100, 1110, 1120, 130, 1000, 20, 10},   // the server is 1000 ahead
      {1100, 110, 120, 1130, -1000, 20, 10},  // and behind
      {100, 105, 105, 111, 0, 11, 6},         // odd: -0.5 is cut off, the bound rounded up
      {100, 120, 120, 121, 9, 21, 11},        // all the delay on the way there
      {0, 0, kMax, kMax, 0, 0, 0},            // a server that took 292 years
      {kMin, -1, 0, kMin + 1, kMax, 0, 0},    // as far apart as can be told
      {kMax, 0, 0, kMax, -kMax, 0, 0},
      {0, kMax / 2, kMax / 2, kMax, 0, kMax, kMax / 2 + 1},
  };
  for (const Row& row : rows) {
    CAPTURE(row.t1, row.t2, row.t3, row.t4);
    ClockComparer comparer;
    comparer.add(exchange(row.t1, row.t2, row.t3), row.t4);
    const auto best = comparer.best();
    REQUIRE(best);
    CHECK(best->offset_ns == row.offset);
    CHECK(best->delay_ns == row.delay);
    CHECK(best->bound_ns == row.bound);
  }
}

TEST_CASE("this machine's error is the sum of what lies between, if the server gives its own",
          "[clock_comparison]") {
  const auto error = [](std::int64_t offset, std::int64_t bound, std::int64_t server) {
    ClockComparison comparison;
    comparison.offset_ns = offset;
    comparison.bound_ns = bound;
    comparison.server_error_ns = server;
    return comparison.client_error_ns();
  };
  CHECK(error(1000, 10, 5) == 1015);
  CHECK(error(-1000, 10, 0) == 1010);
  CHECK(error(-1000, 10, -1) == -1);
  CHECK(error(kMax - 2, 1, 1) == kMax);
  CHECK(error(kMax - 2, 1, 2) == -1);
  CHECK(error(kMin, 0, 0) == -1);
}

TEST_CASE("the true offset lies within the bound, however the delay is split", "[clock_comparison]") {
  for (std::int64_t there = 0; there <= 5; ++there) {
    for (std::int64_t back = 0; back <= 5; ++back) {
      for (const std::int64_t truth : {-7, -1, 0, 1, 8}) {
        CAPTURE(there, back, truth);
        ClockComparer comparer;
        const std::int64_t t2 = 1000 + there + truth;
        comparer.add(exchange(1000, t2, t2 + 3), 1000 + there + 3 + back);
        const auto best = comparer.best();
        REQUIRE(best);
        CHECK(best->offset_ns - best->bound_ns <= truth);
        CHECK(truth <= best->offset_ns + best->bound_ns);
      }
    }
  }
}

TEST_CASE("a sample that no steady clock can make is discarded", "[clock_comparison]") {
  struct Row {
    std::int64_t t1, t2, t3, t4;
  };
  const Row rows[] = {
      {100, 100, 100, 99},       // the client's clock was set back
      {100, 100, 200, 150},      // the server's was set forward
      {kMin, kMax, kMax, kMin},  // offset beyond 64 bits
      {kMin, kMin, kMin, kMax},  // delay beyond 64 bits
      {kMax, kMin, kMax, kMin}, {kMin, kMax, kMin, kMax},
  };
  for (const Row& row : rows) {
    CAPTURE(row.t1, row.t2, row.t3, row.t4);
    ClockComparer comparer;
    comparer.add(exchange(row.t1, row.t2, row.t3), row.t4);
    CHECK(!comparer.best());
  }
}

TEST_CASE("of several samples the one with the least delay is taken", "[clock_comparison]") {
  ClockComparer comparer;
  comparer.add(exchange(0, 30, 30), 40);
  comparer.add(exchange(0, 7, 7), 10);
  comparer.add(exchange(0, 0, 100), 50);  // of negative delay
  comparer.add(exchange(0, 9, 9), 20);
  const auto best = comparer.best();
  REQUIRE(best);
  CHECK(best->delay_ns == 10);
  CHECK(best->offset_ns == 2);
  CHECK(best->samples == 4);
  CHECK(best->discarded == 1);
}

TEST_CASE("a bound is taken only from a state that promises one", "[clock_comparison]") {
  CHECK(error_bound(ClockState::SYNCHRONIZED, 5) == 5);
  CHECK(error_bound(ClockState::HOLDOVER, 0) == 0);
  CHECK(error_bound(ClockState::SYNCHRONIZED, -9) == -1);
  CHECK(error_bound(ClockState::UNSYNCHRONIZED, 5) == -1);
  CHECK(error_bound(ClockState::UNKNOWN, 5) == -1);
}

TEST_CASE("a state that this client does not know is UNKNOWN", "[clock_comparison]") {
  for (const int number : {-1, 0, 1, 2, 3, 4, 77}) {
    ClockState::type state{};
    static_assert(sizeof(state) == sizeof(number));
    std::memcpy(&state, &number, sizeof(state));
    CHECK(known_state(state) == (number >= 0 && number <= 3 ? number : ClockState::UNKNOWN));
  }
}

}  // namespace
}  // namespace timeservice::client
