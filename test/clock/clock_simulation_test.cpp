// True time is within the interval whenever one is given: lives of machines whose true
// time the test knows. The seeds are printed where one is not; TIMESERVICE_SEED is the
// first of them, TIMESERVICE_LIVES how many.

#include <cstdlib>
#include <memory>
#include <string>

#include "server/time/clock/bounded_wall_clock.h"
#include "server/time/clock/chrony_bound.h"
#include "server/time/clock/fixed_bound.h"
#include "server/time/clock/kernel_bound.h"
#include "test/clock/simulated_machine.h"
#include "test/support/catch.h"
#include "test/support/sanitized.h"

namespace timeservice::clock {
namespace {

using namespace test;

class SimulatedKernel : public KernelClock {
 public:
  explicit SimulatedKernel(const SimulatedMachine& machine) : machine_(machine) {}
  KernelReading read() const override { return machine_.kernel(); }

 private:
  const SimulatedMachine& machine_;
};

class SimulatedChrony : public ChronyLink {
 public:
  explicit SimulatedChrony(SimulatedMachine& machine) : machine_(machine) {}
  bool ask(const ChronyRequest& request, std::chrono::milliseconds, const ChronyTake& take) override {
    return machine_.ask(request, take);
  }

 private:
  SimulatedMachine& machine_;
};

using MakeSource = std::unique_ptr<BoundSource> (*)(SimulatedMachine&, const BoundOptions&);

std::unique_ptr<BoundSource> kernel(SimulatedMachine& machine, const BoundOptions& options) {
  return std::make_unique<KernelBound>(options, machine, std::make_unique<SimulatedKernel>(machine));
}

std::unique_ptr<BoundSource> chrony(SimulatedMachine& machine, const BoundOptions& options) {
  return std::make_unique<ChronyBound>(options, machine, std::make_unique<SimulatedChrony>(machine),
                                       std::make_unique<SimulatedKernel>(machine));
}

std::unique_ptr<BoundSource> fixed(SimulatedMachine&, const BoundOptions&) {
  return std::make_unique<FixedBound>(std::chrono::milliseconds(10));
}

struct Lives {
  int reads = 0;
  int bounded = 0;
  int holdover = 0;
  int violations = 0;
  int steps = 0;
  std::string worst;
  double used = 0;  // of the bound, by the error, at most

  void live(MakeSource make, const SimulationPlan& plan, std::uint64_t seed, std::int64_t length);
};

void Lives::live(MakeSource make, const SimulationPlan& plan, std::uint64_t seed, std::int64_t length) {
  SimulatedMachine machine(plan, seed);
  const BoundOptions options{.timesyncd_mark = "/nonexistent", .leap_seconds_list = "/nonexistent"};
  BoundedWallClock clock(machine, make(machine, options), options);
  const std::int64_t end = machine.boot_ns() + length;
  std::int64_t next_watch = 0;
  while (machine.boot_ns() < end) {
    machine.forget_readings();
    if (machine.boot_ns() >= next_watch) {
      clock.refresh();
      next_watch = machine.boot_ns() + kSecond;
    }
    machine.forget_readings();
    const BoundedTime time = clock.read();
    const std::int64_t error = std::abs(machine.error_at(time.now));
    ++reads;
    if (time.error_ns >= 0) {
      ++bounded;
      if (time.state == ClockState::HOLDOVER) ++holdover;
      used = std::max(used, static_cast<double>(error) / static_cast<double>(time.error_ns));
      if (error > time.error_ns && violations++ == 0) {
        worst = "seed " + std::to_string(seed) + ", at " + std::to_string(machine.boot_ns()) + ": error " +
                std::to_string(error) + " > " + std::to_string(time.error_ns);
      }
    }
    machine.pass(
        std::min(machine.some(kUs, 5 * kSecond), std::max<std::int64_t>(1, next_watch - machine.boot_ns())));
  }
  steps += machine.steps;
}

struct Scenario {
  const char* what;
  MakeSource source;
  SimulationPlan plan;
  /// Of the readings, how many have a bound at least: a source that never gives one is
  /// never wrong.
  double bounded;
  /// Of the bound, how much an error has used up at least: one that is far too wide would
  /// hide what is wrong.
  double used;
};

constexpr std::int64_t kDay = 86'400 * kSecond;
constexpr std::int64_t kTight_ppb = 20'000;

const Scenario kScenarios[] = {
    {"kernel: a daemon that polls each minute", &kernel, {}, 0.95, 0.9},
    {"kernel: somebody sets the clock", &kernel, {.step_every = 100 * kSecond}, 0.4, 0.9},
    {"kernel: the daemon dies and comes back", &kernel, {.death_every = 1000 * kSecond}, 0.9, 0.9},
    {"kernel: the machine sleeps", &kernel, {.sleep_every = 300 * kSecond}, 0.4, 0.8},
    {"kernel: fast slews and rare polls",
     &kernel,
     {.longest_poll = 1024 * kSecond, .slew_ppb = 83'333'000},
     0.95,
     0.9},
    {"kernel: a daemon that steps often", &kernel, {.largest_slew = kMs}, 0.95, 0.9},
    {"kernel: all of it",
     &kernel,
     {.largest_slew = 5 * kMs,
      .slew_ppb = 83'333'000,
      .step_every = 200 * kSecond,
      .death_every = 500 * kSecond,
      .sleep_every = 600 * kSecond},
     0.3,
     0.8},
    {"chrony: a daemon that polls each minute",
     &chrony,
     {.drift_ppb = kTight_ppb, .assumed_ppb = kTight_ppb},
     0.9,
     0.9},
    {"chrony: somebody sets the clock",
     &chrony,
     {.drift_ppb = kTight_ppb, .assumed_ppb = kTight_ppb, .step_every = 200 * kSecond},
     0.3,
     0.9},
    {"chrony: somebody sets the clock by too little to be seen",
     &chrony,
     {.drift_ppb = kTight_ppb, .assumed_ppb = kTight_ppb, .step_every = 100 * kSecond, .largest_step = kMs},
     0.5,
     0.9},
    {"chrony: the daemon dies and comes back",
     &chrony,
     {.drift_ppb = kTight_ppb, .assumed_ppb = kTight_ppb, .death_every = 1000 * kSecond},
     0.6,
     0.9},
    {"chrony: the machine sleeps",
     &chrony,
     {.drift_ppb = kTight_ppb, .assumed_ppb = kTight_ppb, .sleep_every = 300 * kSecond},
     0.3,
     0.8},
    {"chrony: fast slews and rare polls",
     &chrony,
     {.drift_ppb = kTight_ppb,
      .assumed_ppb = kTight_ppb,
      .longest_poll = 1024 * kSecond,
      .slew_ppb = 83'333'000},
     0.9,
     0.9},
    {"chrony: all of it",
     &chrony,
     {.drift_ppb = kTight_ppb,
      .assumed_ppb = kTight_ppb,
      .largest_slew = 5 * kMs,
      .slew_ppb = 83'333'000,
      .step_every = 200 * kSecond,
      .death_every = 500 * kSecond,
      .sleep_every = 600 * kSecond},
     0.1,
     0.8},
    {"fixed: a daemon that keeps the operator's word, until somebody sets the clock",
     &fixed,
     {.drift_ppb = kTight_ppb,
      .largest_error = 5 * kMs,
      .largest_slew = 9 * kMs,
      .step_every = kDay / 24,
      .smallest_step = 101 * kMs},
     0.1,
     0.5},
};

std::uint64_t environment(const char* name, std::uint64_t otherwise) {
  const char* const value = std::getenv(name);
  return value == nullptr ? otherwise : std::strtoull(value, nullptr, 10);
}

TEST_CASE("true time is within the bound on every reading that has one", "[clock]") {
  const std::uint64_t first = environment("TIMESERVICE_SEED", 1);
  const std::uint64_t lives_of_each = environment("TIMESERVICE_LIVES", timeservice::test::kSanitized ? 1 : 5);
  for (const Scenario& scenario : kScenarios) {
    Lives lives;
    for (std::uint64_t seed = first; seed < first + lives_of_each; ++seed) {
      lives.live(scenario.source, scenario.plan, seed, kDay / 12);
    }
    CAPTURE(scenario.what, first, lives.reads, lives.bounded, lives.holdover, lives.steps, lives.used,
            lives.worst);
    if (std::getenv("TIMESERVICE_LIVES") != nullptr) {
      WARN(scenario.what << ": " << lives.reads << " readings, " << lives.bounded << " bounded, "
                         << lives.holdover << " in holdover, used " << lives.used);
    }
    CHECK(lives.violations == 0);
    CHECK(lives.bounded >= scenario.bounded * lives.reads);
    CHECK(lives.used >= scenario.used);
    if (scenario.plan.step_every != 0) CHECK(lives.steps > 0);
  }
}

}  // namespace
}  // namespace timeservice::clock
