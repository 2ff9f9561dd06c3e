#include "server/time/clock/leap_notice.h"

#include "test/clock/manual_machine.h"
#include "test/support/catch.h"

namespace timeservice::clock {
namespace {

using namespace test;

constexpr std::int64_t kMidnight = kNoon + 43'200 * kSecond;

TEST_CASE(
    "a leap second is at hand in the day's last second and just after, and as much earlier and later as the "
    "clock may be off",
    "[clock]") {
  for (const std::int32_t sign : {1, -1}) {
    LeapNotice notice;
    notice.announce({kNoon}, sign);
    CHECK(notice.pending({kNoon}) == sign);
    for (const std::int64_t error : {std::int64_t{0}, 5 * kMs, 900 * kMs}) {
      CHECK(notice.at({kMidnight - kSecond - error - 1}, error) == 0);
      CHECK(notice.at({kMidnight - kSecond - error}, error) == sign);
      CHECK(notice.at({kMidnight}, error) == sign);
      CHECK(notice.at({kMidnight + 2 * kSecond + error}, error) == sign);
      CHECK(notice.at({kMidnight + 2 * kSecond + error + 1}, error) == 0);
    }
  }
}

TEST_CASE("a leap second that is over is remembered for some seconds, and not taken for tomorrow's",
          "[clock]") {
  LeapNotice notice;
  notice.announce({kMidnight - 1}, 1);
  // A kernel says at once that it is over; chronyd's last report still announces it.
  for (const std::int32_t said : {0, 1, 0}) {
    notice.announce({kMidnight + kSecond}, said);
    CHECK(notice.at({kMidnight + kSecond}, 0) == 1);
    CHECK(notice.pending({kMidnight + kSecond}) == 0);
    CHECK(notice.at({kMidnight + 86'400 * kSecond}, 0) == 0);
  }
  notice.announce({kMidnight + 11 * kSecond}, 0);
  CHECK(notice.at({kMidnight + kSecond}, 0) == 0);
}

TEST_CASE("an announcement that is withdrawn is forgotten", "[clock]") {
  LeapNotice notice;
  notice.announce({kNoon}, 1);
  notice.announce({kNoon + kSecond}, 0);
  CHECK(notice.pending({kNoon + kSecond}) == 0);
  CHECK(notice.at({kMidnight}, 0) == 0);
}

TEST_CASE("days are days before 1970 too, and at the ends of time", "[clock]") {
  for (const std::int64_t wall : {std::int64_t{-1}, std::int64_t{-86'400} * kSecond - 1, -kNoon}) {
    LeapNotice notice;
    notice.announce({wall}, -1);
    CHECK(notice.pending({wall}) == -1);
  }
  for (const std::int64_t wall : {INT64_MIN, INT64_MIN + 1, INT64_MAX - 1, INT64_MAX}) {
    LeapNotice notice;
    for (const std::int32_t said : {1, -1, 0}) {
      notice.announce({wall}, said);
      notice.pending({wall});
      notice.at({wall}, INT64_MAX);
    }
  }
}

}  // namespace
}  // namespace timeservice::clock
