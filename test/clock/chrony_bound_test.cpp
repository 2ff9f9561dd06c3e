#include "server/time/clock/chrony_bound.h"

#include <string>

#include "test/clock/manual_machine.h"
#include "test/support/catch.h"

namespace timeservice::clock {
namespace {

using namespace std::chrono_literals;
using namespace test;

struct Bench {
  BoundSample sample() { return bound.sample(clock.boot()); }
  void second() {
    clock.pass(kSecond);
    bound.refresh();
  }
  /// chronyd measures.
  void update() { chrony.report.update_ns = clock.wall_ns; }

  BoundOptions options;
  ManualClock clock;
  ManualChrony chrony;
  ManualKernel kernel;
  ChronyBound bound{options, clock, std::make_unique<Lent<ChronyLink, ManualChrony>>(chrony),
                    std::make_unique<Lent<KernelClock, ManualKernel>>(kernel)};
};

constexpr std::int64_t kError = 6 * kMs;

bool is_about(std::int64_t value, std::int64_t expected) {
  return value >= expected && value < expected + 100;
}

TEST_CASE("a chronyd that never answered says nothing", "[clock]") {
  Bench bench;
  CHECK(bench.sample().state == ClockState::UNKNOWN);
  bench.chrony.running = false;
  bench.second();
  CHECK(bench.sample().state == ClockState::UNKNOWN);
  CHECK(bench.sample().error_ns == -1);
  CHECK(std::string(bench.sample().reason).find("chronyd does not answer") == 0);
  CHECK(bench.chrony.asked == 1);
}

TEST_CASE("a report ages by chronyd's own assumption of its clock", "[clock]") {
  Bench bench;
  bench.bound.refresh();
  CHECK(bench.sample().state == ClockState::SYNCHRONIZED);
  CHECK(is_about(bench.sample().error_ns, kError));
  bench.clock.pass(3 * kSecond);
  CHECK(is_about(bench.sample().error_ns, kError + 9 * kUs));
  bench.clock.pass(7 * kSecond);
  // Three seconds at 3 ppm; the others, without a report, at 500.
  CHECK(is_about(bench.sample().error_ns, kError + 9 * kUs + 3'500 * kUs));
  bench.bound.refresh();
  CHECK(is_about(bench.sample().error_ns, kError));
}

TEST_CASE("a chronyd that fell silent leaves a bound that grows faster, then holdover, then none",
          "[clock]") {
  Bench bench;
  bench.bound.refresh();
  bench.chrony.running = false;
  bench.second();
  bench.clock.pass(100 * kSecond);
  bench.bound.refresh();
  CHECK(is_about(bench.sample().error_ns, kError + 9 * kUs + 49 * kMs));
  CHECK(bench.sample().state == ClockState::SYNCHRONIZED);
  bench.clock.pass(500 * kSecond);
  CHECK(bench.sample().state == ClockState::HOLDOVER);
  CHECK(is_about(bench.sample().error_ns, kError + 9 * kUs + 299 * kMs));
  bench.chrony.running = true;
  bench.update();
  bench.second();
  CHECK(bench.sample().state == ClockState::HOLDOVER);  // since the update is after the last report
  bench.update();
  bench.second();
  CHECK(bench.sample().state == ClockState::SYNCHRONIZED);
  CHECK(is_about(bench.sample().error_ns, kError));
}

TEST_CASE("a chronyd that lost its sources is in holdover though it answers", "[clock]") {
  Bench bench;
  bench.bound.refresh();
  for (int i = 0; i < 600; ++i) bench.second();
  CHECK(bench.sample().state == ClockState::SYNCHRONIZED);
  bench.second();
  CHECK(bench.sample().state == ClockState::HOLDOVER);
}

TEST_CASE("a chronyd that says it is not synchronized is believed at once", "[clock]") {
  Bench bench;
  bench.bound.refresh();
  bench.chrony.report.leap = 3;
  bench.second();
  CHECK(bench.sample().state == ClockState::UNSYNCHRONIZED);
  CHECK(bench.sample().error_ns == -1);
  bench.chrony.running = false;
  bench.second();
  CHECK(bench.sample().state == ClockState::UNSYNCHRONIZED);
}

TEST_CASE("strays before the answer are passed over, and are no answer by themselves", "[clock]") {
  Bench bench;
  bench.chrony.stray = {"", "x", std::string(104, '\0'),
                        ManualReport{}.answer_to(chrony_tracking_request(1))};
  bench.bound.refresh();
  CHECK(bench.sample().state == ClockState::SYNCHRONIZED);
}

TEST_CASE("what is written into the kernel between two reports counts as well, until the next", "[clock]") {
  Bench bench;
  bench.kernel.write(20'123);
  bench.kernel.reading.state.esterror = 17;
  bench.bound.refresh();
  for (const long grown : {0, 500, 1000, 50'000}) {
    bench.kernel.write(20'123 + grown);
    CHECK(is_about(bench.sample().error_ns, kError));
  }
  bench.kernel.write(30'000);  // a worse measurement
  CHECK(bench.sample().error_ns == 30'500 * kUs);
  bench.kernel.write(19'623);
  CHECK(bench.sample().error_ns == 20'123 * kUs);
  bench.kernel.write(2'000);  // a better one: the report still counts
  CHECK(is_about(bench.sample().error_ns, kError));
  bench.kernel.write(21'123);  // one that is the same by chance
  bench.kernel.reading.state.esterror = 18;
  CHECK(bench.sample().error_ns == 21'623 * kUs);
  bench.bound.refresh();
  CHECK(is_about(bench.sample().error_ns, kError));
  bench.kernel.clear();  // somebody sets the clock
  for (int i = 0; i < 2; ++i) {
    CHECK(bench.sample().state == ClockState::UNSYNCHRONIZED);
    CHECK(bench.sample().error_ns == -1);
    bench.bound.refresh();  // chronyd does not know yet
  }
  bench.kernel.write(2'000);
  bench.bound.refresh();
  CHECK(is_about(bench.sample().error_ns, kError));
}

TEST_CASE("a chronyd that leaves the kernel alone is believed by itself, but not without a look", "[clock]") {
  Bench bench;
  bench.kernel.clear();
  bench.bound.refresh();
  CHECK(is_about(bench.sample().error_ns, kError));
  bench.kernel.refuse(EPERM);
  CHECK(bench.sample().state == ClockState::UNKNOWN);
  CHECK(bench.sample().error_ns == -1);
}

TEST_CASE("where chronyd leaves the clock alone, the clock's own rate counts", "[clock]") {
  Bench bench;
  bench.kernel.write(16'000'000);
  bench.chrony.report.frequency_ppm = 200;
  bench.bound.refresh();
  bench.clock.pass(kSecond);
  CHECK(is_about(bench.sample().error_ns, kError + 203 * kUs));
  bench.kernel.write(2'000);  // it does set the clock
  bench.bound.refresh();
  bench.clock.pass(kSecond);
  CHECK(is_about(bench.sample().error_ns, kError + 3 * kUs));
}

TEST_CASE("the clock was confirmed when a report tells of a new measurement, and not before the last one",
          "[clock]") {
  Bench bench;
  bench.clock.pass(30 * kSecond);
  bench.bound.refresh();
  CHECK(bench.sample().confirmed.ns == 1000 * kSecond);  // the measurement was at noon
  bench.second();
  bench.second();
  const std::int64_t last_without = bench.clock.boot_ns;
  bench.update();
  bench.second();
  CHECK(bench.sample().confirmed.ns == last_without);
  bench.chrony.report.update_ns += kUs;  // chronyd adjusted its rate
  bench.second();
  CHECK(bench.sample().confirmed.ns == last_without);
}

TEST_CASE("the first report's measurement is dated no later than the start, whatever the clock says",
          "[clock]") {
  Bench bench;
  bench.clock.pass(300 * kSecond);
  bench.chrony.report.update_ns = bench.clock.wall_ns - kSecond;
  bench.bound.refresh();
  CHECK(bench.sample().confirmed.ns == 1000 * kSecond);

  Bench ahead;
  ahead.chrony.report.update_ns = ahead.clock.wall_ns + kSecond;
  ahead.bound.refresh();
  CHECK(ahead.sample().confirmed.ns == INT64_MIN);
  CHECK(ahead.sample().state == ClockState::HOLDOVER);
}

TEST_CASE("the largest numbers make the largest bound", "[clock]") {
  Bench bench;
  bench.chrony.report.skew_ppm = 1e12;
  bench.chrony.report.root_dispersion_s = 1e12;
  bench.bound.refresh();
  bench.clock.pass(1'000'000 * kSecond);
  CHECK(bench.sample().error_ns == INT64_MAX);
}

}  // namespace
}  // namespace timeservice::clock
