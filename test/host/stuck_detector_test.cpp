#include "server/host/progress.h"
#include "test/support/catch.h"

namespace timeservice::host {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_CASE("a host is stuck once somebody has waited for the whole limit while nothing was done", "[host]") {
  StuckDetector detector(seconds(10));
  CHECK_FALSE(detector.look({.done = 7, .waiting = 2}, seconds(5)));
  CHECK_FALSE(detector.look({.done = 7, .waiting = 2}, seconds(5)));
  CHECK(detector.look({.done = 7, .waiting = 2}, seconds(5)));
  CHECK(detector.look({.done = 7, .waiting = 1}, seconds(5)));
}

TEST_CASE("a host that nobody waits for is not stuck, however long nothing is done", "[host]") {
  StuckDetector detector(seconds(10));
  for (int i = 0; i < 10; ++i) CHECK_FALSE(detector.look({.done = 7, .waiting = 0}, seconds(5)));
}

TEST_CASE("a host that does anything at all between two looks is not stuck", "[host]") {
  StuckDetector detector(seconds(10));
  for (std::uint64_t done = 1; done < 10; ++done) {
    CHECK_FALSE(detector.look({.done = done, .waiting = 100}, seconds(5)));
  }
}

TEST_CASE("a stuck host that gets on again is no longer stuck, and the time begins anew", "[host]") {
  StuckDetector detector(seconds(10));
  for (int i = 0; i < 3; ++i) detector.look({.done = 7, .waiting = 1}, seconds(5));
  CHECK_FALSE(detector.look({.done = 8, .waiting = 1}, seconds(5)));
  CHECK_FALSE(detector.look({.done = 8, .waiting = 1}, seconds(5)));
  CHECK(detector.look({.done = 8, .waiting = 1}, seconds(5)));
  CHECK_FALSE(detector.look({.done = 8, .waiting = 0}, seconds(5)));
  CHECK_FALSE(detector.look({.done = 8, .waiting = 1}, seconds(5)));
}

TEST_CASE("a process that was stopped for long is not stuck at the first look after it", "[host]") {
  StuckDetector detector(seconds(10));
  CHECK_FALSE(detector.look({.done = 7, .waiting = 1}, milliseconds(1)));
  CHECK_FALSE(detector.look({.done = 7, .waiting = 1}, seconds(3600)));
  CHECK(detector.look({.done = 7, .waiting = 1}, seconds(3600)));
}

}  // namespace
}  // namespace timeservice::host
