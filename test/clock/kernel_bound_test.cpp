#include "server/time/clock/kernel_bound.h"

#include <filesystem>
#include <fstream>
#include <string>

#include "test/clock/manual_machine.h"
#include "test/support/catch.h"

namespace timeservice::clock {
namespace {

using namespace std::chrono_literals;
using namespace test;

/// A kernel's bound, and all that it is made of.
struct Bench {
  explicit Bench(long maxerror_us) { kernel.write(maxerror_us); }

  KernelBound& bound() {
    if (!made)
      made = std::make_unique<KernelBound>(options, clock,
                                           std::make_unique<Lent<KernelClock, ManualKernel>>(kernel));
    return *made;
  }
  BoundSample sample() { return bound().sample(clock.boot()); }
  /// A second of the kernel's life, with the look that is taken at the end of it.
  void second() {
    clock.pass(kSecond);
    kernel.write(std::min(16'000'000L, kernel.reading.state.maxerror + 500));
    bound().refresh();
  }

  BoundOptions options{.timesyncd_mark = "/nonexistent/mark"};
  ManualClock clock;
  ManualKernel kernel;
  std::unique_ptr<KernelBound> made;
};

TEST_CASE("the kernel's word is taken for what it says, and for nothing more", "[clock]") {
  struct Row {
    const char* what;
    int result;
    int error;
    int status;
    long maxerror_us;
    ClockState::type state;
    std::int64_t error_ns;
    const char* reason;
  };
  const Row rows[] = {
      {"a bound", TIME_OK, 0, 0, 2'001, ClockState::SYNCHRONIZED, 2'501 * kUs, ""},
      {"a bound by chronyd without rtcsync, which leaves the kernel's flag alone", TIME_ERROR, 0, STA_UNSYNC,
       2'001, ClockState::SYNCHRONIZED, 2'501 * kUs, ""},
      {"the last bound below what stands for none", TIME_OK, 0, 0, 15'999'999, ClockState::HOLDOVER,
       16'000'499 * kUs, ""},
      {"nothing known", TIME_ERROR, 0, STA_UNSYNC, 16'000'000, ClockState::UNSYNCHRONIZED, -1,
       "not synchronized"},
      {"nothing known, though the flag is clear", TIME_OK, 0, 0, 16'000'000, ClockState::UNSYNCHRONIZED, -1,
       "not synchronized"},
      {"a seccomp filter", -1, EPERM, 0, 2'001, ClockState::UNKNOWN, -1, "seccomp"},
      {"no such call", -1, ENOSYS, 0, 2'001, ClockState::UNKNOWN, -1, "refuses adjtimex"},
      {"nonsense", TIME_OK, 0, 0, -1, ClockState::UNKNOWN, -1, "negative"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    Bench bench(row.maxerror_us);
    bench.kernel.reading.result = row.result;
    bench.kernel.reading.error = row.error;
    bench.kernel.reading.state.status = row.status;
    const BoundSample sample = bench.sample();
    CHECK(sample.state == row.state);
    CHECK(sample.error_ns == row.error_ns);
    CHECK(std::string(sample.reason).find(row.reason) != std::string::npos);
    CHECK((sample.error_ns >= 0) == std::string(sample.reason).empty());
  }
}

TEST_CASE("a bound that says nothing of its servers is none without --upstream-error", "[clock]") {
  const std::string mark = std::filesystem::temp_directory_path() / ("mark-" + std::to_string(::getpid()));
  std::ofstream(mark).put('\n');
  for (const bool said : {false, true}) {
    Bench bench(2'001);
    bench.options.timesyncd_mark = mark;
    if (said) bench.options.upstream_error = 40ms;
    const BoundSample sample = bench.sample();
    CHECK(sample.state == (said ? ClockState::SYNCHRONIZED : ClockState::UNKNOWN));
    CHECK(sample.error_ns == (said ? 42'501 * kUs : -1));
    if (!said) CHECK(std::string(sample.reason).find("--upstream-error") != std::string::npos);
  }
  Bench bench(2'001);
  bench.options.timesyncd_mark = mark;
  REQUIRE(bench.sample().error_ns == -1);
  std::filesystem::remove(mark);
  bench.second();
  CHECK(bench.sample().state == ClockState::SYNCHRONIZED);
  std::ofstream(mark).put('\n');
  bench.second();
  CHECK(bench.sample().state == ClockState::UNKNOWN);
  std::filesystem::remove(mark);
}

TEST_CASE("a daemon that writes 0 is known by it from within a container, at once and later", "[clock]") {
  for (const long first : {0L, 500L, 123'000L}) {
    CAPTURE(first);
    Bench bench(first);
    CHECK(bench.sample().state == ClockState::UNKNOWN);
    bench.options.upstream_error = 10ms;
    bench.made.reset();
    CHECK(bench.sample().error_ns == 10 * kMs + (first + 500) * kUs);
  }
  Bench bench(2'001);
  CHECK(bench.sample().state == ClockState::SYNCHRONIZED);
  bench.second();
  bench.kernel.write(500);  // by chance
  bench.bound().refresh();
  CHECK(bench.sample().state == ClockState::SYNCHRONIZED);
  bench.second();
  bench.kernel.write(0);
  bench.bound().refresh();
  CHECK(bench.sample().state == ClockState::UNKNOWN);
  bench.kernel.write(1'777);
  bench.second();
  CHECK(bench.sample().state == ClockState::UNKNOWN);  // it only grew
  bench.kernel.write(1'111);
  bench.bound().refresh();
  CHECK(bench.sample().state == ClockState::SYNCHRONIZED);
}

TEST_CASE("a daemon that writes 0 each second is known by it, whoever wrote before", "[clock]") {
  for (const long seen_us : {0L, 500L}) {  // just before each look, or half a second ago
    Bench bench(5'123);
    CHECK(bench.sample().state == ClockState::SYNCHRONIZED);
    for (int i = 0; i < 3; ++i) {
      bench.clock.pass(kSecond);
      bench.kernel.write(seen_us);
      bench.bound().refresh();
    }
    CAPTURE(seen_us);
    CHECK(bench.sample().state == ClockState::UNKNOWN);
    CHECK(bench.sample().error_ns == -1);
  }
}

TEST_CASE("a kernel whose bound only grows is in holdover when its last word may be too old", "[clock]") {
  Bench bench(1);
  REQUIRE(bench.sample().state == ClockState::SYNCHRONIZED);
  for (int i = 0; i < 598; ++i) bench.second();
  CHECK(bench.sample().state == ClockState::SYNCHRONIZED);
  for (int i = 0; i < 4; ++i) bench.second();
  const BoundSample sample = bench.sample();
  CHECK(sample.state == ClockState::HOLDOVER);
  CHECK(sample.error_ns == (1 + 602 * 500 + 500) * kUs);
}

TEST_CASE("a large bound that was seen to drop is fresh", "[clock]") {
  Bench bench(400'123);
  CHECK(bench.sample().state == ClockState::HOLDOVER);  // for all that is known
  bench.second();
  bench.kernel.write(390'001);
  bench.bound().refresh();
  CHECK(bench.sample().state == ClockState::SYNCHRONIZED);
  CHECK(bench.sample().confirmed.ns == bench.clock.boot_ns);
  for (int i = 0; i < 600; ++i) bench.second();
  CHECK(bench.sample().state == ClockState::SYNCHRONIZED);
  bench.second();
  CHECK(bench.sample().state == ClockState::HOLDOVER);
}

TEST_CASE("the kernel's word is never taken for younger than it can be", "[clock]") {
  Bench bench(0);
  bench.options.upstream_error = 1ms;
  const BoundSample first = bench.sample();
  CHECK(first.confirmed.ns <= bench.clock.boot_ns - kSecond);
  for (int i = 0; i < 100; ++i) {
    bench.clock.pass(kSecond);
    bench.kernel.write(bench.kernel.reading.state.maxerror + 500);
    CHECK(bench.sample().confirmed.ns == first.confirmed.ns);
  }
}

TEST_CASE("a leap second is announced by the kernel's flags, whatever its state says", "[clock]") {
  struct Row {
    int result;
    int status;
    int pending;
  };
  for (const auto& [result, status, pending] :
       {Row{TIME_OK, 0, 0}, Row{TIME_INS, STA_INS, 1}, Row{TIME_ERROR, STA_INS | STA_UNSYNC, 1},
        Row{TIME_OOP, STA_INS, 1}, Row{TIME_WAIT, STA_INS, 0}, Row{TIME_DEL, STA_DEL, -1},
        Row{TIME_WAIT, STA_DEL, 0}}) {
    Bench bench(2'001);
    bench.kernel.reading.result = result;
    bench.kernel.reading.state.status = status;
    bench.kernel.reading.state.tai = 37;
    CHECK(bench.sample().pending_leap_s == pending);
    CHECK(bench.sample().tai_offset_s == 37);
  }
}

}  // namespace
}  // namespace timeservice::clock
