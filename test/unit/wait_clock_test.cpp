#include "server/host/wait_clock.h"

#include <sys/socket.h>
#include <unistd.h>

#include <chrono>

#include "test/support/catch.h"

namespace timeservice::host {
namespace {

using namespace std::chrono_literals;
using Time = WaitClock::Time;

/// Clocks that a test sets. The wall clock is not the monotonic one's, as always.
WaitClock::Now clocks = {};
WaitClock::Now read_manual() { return clocks; }

struct ManualClocks {
  ManualClocks() { clocks = {.monotonic = 1000s, .wall = 1'700'000'000s}; }

  void pass(Time time) {
    clocks.monotonic += time;
    clocks.wall += time;
  }
  void step(Time by) { clocks.wall += by; }
  Time now() const { return clocks.monotonic; }
  /// What the kernel stamps now.
  Time stamp() const { return clocks.wall; }
};

TEST_CASE("bytes have waited since the kernel's stamp, however late the host heard of them", "[host]") {
  ManualClocks manual;
  WaitClock waits(&read_manual);
  const Receipt receipt{.stamp = manual.stamp()};
  const Time arrived = manual.now();
  manual.pass(250ms);
  const Time known = manual.now();
  manual.pass(5ms);
  CHECK(waits.arrival(receipt, known) == arrived);
}

TEST_CASE("without a stamp they have waited since the host knew of them", "[host]") {
  ManualClocks manual;
  WaitClock waits(&read_manual);
  const Time known = manual.now();
  manual.pass(250ms);
  CHECK(waits.arrival({}, known) == known);
}

TEST_CASE("bytes that come after the host knew of others waited at least as long as those", "[host]") {
  ManualClocks manual;
  WaitClock waits(&read_manual);
  const Time known = manual.now();
  manual.pass(3ms);
  CHECK(waits.arrival({.stamp = manual.stamp()}, known) == known);
}

TEST_CASE("a step of the wall clock while bytes wait makes no wait of it", "[host]") {
  const Time step = GENERATE(Time(1h), Time(-1h), Time(30ms), Time(-30ms));
  CAPTURE(step.count());
  ManualClocks manual;
  WaitClock waits(&read_manual);
  const Receipt receipt{.stamp = manual.stamp()};
  manual.pass(20ms);
  manual.step(step);
  const Time known = manual.now();
  manual.pass(1ms);
  CHECK(waits.arrival(receipt, known) == known);
}

TEST_CASE(
    "after a step, connections that had bytes before it go by what the host knows, however many there are",
    "[host]") {
  ManualClocks manual;
  WaitClock waits(&read_manual);
  const Receipt one{.stamp = manual.stamp()};
  const Receipt other = one;
  manual.pass(20ms);
  manual.step(1h);
  const Time known = manual.now();
  CHECK(waits.arrival(one, known) == known);
  manual.pass(100ms);
  const Time later = manual.now();
  CHECK(waits.arrival(other, later) == later);
}

TEST_CASE("what is stamped after a step was seen counts again", "[host]") {
  const Time step = GENERATE(Time(1h), Time(-1h));
  ManualClocks manual;
  WaitClock waits(&read_manual);
  manual.step(step);
  waits.arrival({.stamp = manual.stamp()}, manual.now());  // sees the step
  manual.pass(1ms);
  const Receipt receipt{.stamp = manual.stamp()};
  const Time arrived = manual.now();
  manual.pass(50ms);
  CHECK(waits.arrival(receipt, manual.now()) == arrived);
}

TEST_CASE("a step back and one forward again are two steps", "[host]") {
  ManualClocks manual;
  WaitClock waits(&read_manual);
  manual.step(-10min);
  waits.arrival({.stamp = manual.stamp()}, manual.now());  // sees the first
  manual.pass(20ms);
  const Receipt receipt{.stamp = manual.stamp()};
  manual.pass(20ms);
  manual.step(10min);
  const Time known = manual.now();
  CHECK(waits.arrival(receipt, known) == known);
}

TEST_CASE("readings of two moments tell nothing, and are no step", "[host]") {
  ManualClocks manual;
  WaitClock waits(&read_manual);
  const Receipt receipt{.stamp = manual.stamp()};
  const Time arrived = manual.now();
  manual.pass(50ms);
  clocks.wall -= 20ms;  // read that much earlier
  clocks.together = false;
  CHECK(waits.arrival(receipt, manual.now()) == manual.now());
  clocks.wall += 20ms;
  clocks.together = true;
  CHECK(waits.arrival(receipt, manual.now()) == arrived);
}

TEST_CASE("clocks that are first read at two moments are read again, and no step is seen later", "[host]") {
  ManualClocks manual;
  static int reads_apart;
  reads_apart = 2;
  WaitClock waits([] {
    WaitClock::Now now = clocks;
    now.together = reads_apart-- <= 0;
    if (!now.together) now.wall -= 20ms;
    return now;
  });
  const Receipt receipt{.stamp = manual.stamp()};
  const Time arrived = manual.now();
  manual.pass(50ms);
  CHECK(waits.arrival(receipt, manual.now()) == arrived);
}

TEST_CASE("a first call that no step could have touched goes by its stamp", "[host]") {
  ManualClocks manual;
  WaitClock waits(&read_manual);
  const Receipt receipt{.stamp = manual.stamp()};
  const Time arrived = manual.now();
  manual.pass(400ms);
  CHECK(waits.arrival(receipt, manual.now()) == arrived);
}

TEST_CASE("a unix socket gives no stamps, and what it is sent is read as ever", "[host]") {
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  ask_for_stamps(ends[1]);
  Receipt receipt{.stamp = 1s};
  std::uint8_t room[8];
  REQUIRE(::send(ends[0], "abc", 3, 0) == 3);
  CHECK(receive_stamped(ends[1], room, MSG_DONTWAIT, receipt) == 3);
  CHECK(room[2] == 'c');
  CHECK(receipt.stamp == 0s);  // not that of what came before
  CHECK(receive_stamped(ends[1], room, MSG_DONTWAIT, receipt) == -1);
  ::close(ends[0]);
  CHECK(receive_stamped(ends[1], room, MSG_DONTWAIT, receipt) == 0);
  ::close(ends[1]);
}

TEST_CASE("both clocks are read at one moment", "[host]") {
  const auto one = WaitClock::read_clocks();
  const auto other = WaitClock::read_clocks();
  CHECK(other.monotonic >= one.monotonic);
  CHECK(one.wall > 1'600'000'000s);
}

}  // namespace
}  // namespace timeservice::host
