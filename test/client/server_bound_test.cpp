#include "client/server_bound.h"

#include <limits>

#include "test/support/catch.h"

namespace timeservice::client {
namespace {

constexpr DriftBound kDrift{500};
constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kProbation = kSecond;

ExchangeReading reading(std::int64_t sent, std::int64_t t2, std::int64_t t3, std::int64_t received,
                        std::int64_t error = 100) {
  return {.sent_ns = sent,
          .received_ns = received,
          .server_receive_ns = t2,
          .server_send_ns = t3,
          .error_ns = error,
          .state = ClockState::SYNCHRONIZED};
}

using Verdict = ServerBound::Verdict;

TEST_CASE("drift is rounded up, and never negative", "[server_bound]") {
  CHECK(kDrift.over(-5) == 0);
  CHECK(kDrift.over(0) == 0);
  for (const std::int64_t elapsed :
       {std::int64_t{1}, std::int64_t{999}, std::int64_t{1'000'000}, 3 * kSecond, 86400 * kSecond}) {
    CAPTURE(elapsed);
    // Of a clock that is 500 ppm slow, 999'500 ns are a true millisecond.
    const double lost = static_cast<double>(elapsed) * 500 / 999'500;
    CHECK(static_cast<double>(kDrift.over(elapsed)) >= lost);
    CHECK(static_cast<double>(kDrift.over(elapsed)) < lost + 1);
  }
  CHECK(DriftBound{kMaxDriftPpm}.over(9 * kSecond) == kSecond);
  CHECK(DriftBound{kMaxDriftPpm}.over(9 * kSecond + 1) == kSecond + 1);
  CHECK(DriftBound{kMaxDriftPpm}.over(90 * 86400 * kSecond) == 10 * 86400 * kSecond);
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  CHECK(DriftBound{kMaxDriftPpm}.over(kMax) == kMax / 9 + 1);
}

TEST_CASE("one exchange bounds true time by T3, which was read between its beginning and its end",
          "[server_bound]") {
  ServerBound server(kDrift, kProbation);
  CHECK(!server.at(0));
  CHECK(server.add(reading(1000, 50'000, 50'700, 2000)) == Verdict::kTaken);
  const auto now = server.at(2000);
  REQUIRE(now);
  CHECK(now->earliest_ns == 50'700 - 100);
  // 1000 since it was sent, of which the clock may have lost 1 ns.
  CHECK(now->latest_ns >= 50'700 + 100 + 1000 + 1);
  CHECK(now->latest_ns <= 50'700 + 100 + 1000 + 3);
  // 500 ppm of 1.0005 s, and what is rounded up.
  constexpr std::int64_t kLost = 500'253;
  const auto later = server.at(2000 + kSecond);
  REQUIRE(later);
  CHECK(later->earliest_ns >= now->earliest_ns + kSecond - kLost);
  CHECK(later->earliest_ns <= now->earliest_ns + kSecond - 500'000);
  CHECK(later->latest_ns >= now->latest_ns + kSecond + 500'000);
  CHECK(later->latest_ns <= now->latest_ns + kSecond + kLost);
}

TEST_CASE("of several exchanges the tighter bound counts on each side", "[server_bound]") {
  ServerBound server(kDrift, kProbation);
  server.add(reading(0, 1'000'000, 1'000'000, 1'000));      // a quick way there
  server.add(reading(2'000, 1'002'050, 1'002'050, 2'500));  // a quick way back
  const auto both = server.at(2'500);
  REQUIRE(both);
  CHECK(both->earliest_ns == 1'002'050 - 100);
  // From the first: 1'000'000 + 100 at 0, 2'500 ago.
  CHECK(both->latest_ns >= 1'002'600 + 2);
  CHECK(both->latest_ns <= 1'002'600 + 4);
}

TEST_CASE("what was known stays known while the server gives no bound", "[server_bound]") {
  ServerBound server(kDrift, kProbation);
  server.add(reading(0, 1000, 1000, 10));
  const auto before = server.at(20);
  CHECK(server.add(reading(11, 9'000'000, 9'000'000, 20, -1)) == Verdict::kNoBound);
  CHECK(server.at(20) == before);
}

TEST_CASE("an exchange in which a clock was set is not used", "[server_bound]") {
  ServerBound server(kDrift, kProbation);
  CHECK(server.add(reading(10, 1000, 1000, 9)) == Verdict::kUnusable);
  CHECK(server.add(reading(10, 1000, 999, 20)) == Verdict::kUnusable);
  CHECK(server.add(reading(10, 1000, 1100, 20)) == Verdict::kUnusable);
  CHECK(!server.at(20));
}

TEST_CASE("a contradiction ends all that was known, until exchanges agree for a while", "[server_bound]") {
  ServerBound server(kDrift, kProbation);
  CHECK(server.add(reading(0, 1000, 1000, 10)) == Verdict::kTaken);
  CHECK(server.add(reading(11, 50'000, 50'000, 20)) == Verdict::kContradiction);
  CHECK(server.contradictions() == 1);
  CHECK(!server.at(20));
  CHECK(server.add(reading(21, 50'010, 50'010, 30)) == Verdict::kTaken);
  CHECK(!server.at(30));
  // Another within the probation begins it anew.
  CHECK(server.add(reading(31, 90'000, 90'000, 40)) == Verdict::kContradiction);
  const std::int64_t later = 40 + kProbation;
  CHECK(server.add(reading(later - 20, 90'000 + kProbation - 15, 90'000 + kProbation - 15, later - 10)) ==
        Verdict::kTaken);
  CHECK(!server.at(later - 10));
  CHECK(server.add(reading(later - 5, 90'000 + kProbation, 90'000 + kProbation, later)) == Verdict::kTaken);
  CHECK(server.at(later));
  CHECK(server.contradictions() == 2);
}

TEST_CASE("numbers at the ends of 64 bits stay there", "[server_bound]") {
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  ServerBound server(kDrift, kProbation);
  CHECK(server.add(reading(0, kMax - 5, kMax - 5, 10, kMax)) == Verdict::kTaken);
  const auto interval = server.at(kSecond);
  REQUIRE(interval);
  CHECK(interval->latest_ns == kMax);
  CHECK(!interval->empty());
}

}  // namespace
}  // namespace timeservice::client
