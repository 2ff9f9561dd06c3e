#include "test/clock/simulated_machine.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace timeservice::clock::test {
namespace {

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kBillion = 1'000'000'000;

}  // namespace

SimulatedMachine::SimulatedMachine(const SimulationPlan& plan, std::uint64_t seed)
    : plan_(plan), random_(seed) {
  now_.truth += some(1, plan.largest_slew);
  next_measurement_ = after(10 * kSecond);
  next_step_ = after(plan.step_every);
  next_death_ = after(plan.death_every);
  next_sleep_ = after(plan.sleep_every);
  change_rate();
}

WallTime SimulatedMachine::wall() const {
  auto& self = const_cast<SimulatedMachine&>(*this);
  self.touch();
  const std::int64_t wall = now_.boot + now_.offset;
  self.readings_.push_back({wall, error()});
  return {wall};
}

MonotonicTime SimulatedMachine::monotonic() const {
  const_cast<SimulatedMachine&>(*this).touch();
  return {now_.boot - now_.asleep};
}

BootTime SimulatedMachine::boot() const {
  const_cast<SimulatedMachine&>(*this).touch();
  return {now_.boot};
}

std::int64_t SimulatedMachine::some(std::int64_t low, std::int64_t high) {
  const double exponent = std::uniform_real_distribution<double>(
      std::log(static_cast<double>(low)), std::log(static_cast<double>(high) + 1))(random_);
  return std::clamp(static_cast<std::int64_t>(std::exp(exponent)), low, high);
}

std::int64_t SimulatedMachine::after(std::int64_t every) {
  if (every == 0) return kNever;
  return now_.boot + some(std::max<std::int64_t>(1, every / 10), every * 2);
}

/// What a reader does between two readings: nearly nothing, or it is preempted.
void SimulatedMachine::touch() {
  pass(some(15, 60));
  if (chance(1.0 / 300)) pass(some(kUs, 100 * kUs));
  if (chance(1.0 / 1500)) pass(some(kMs, 30 * kSecond));
}

void SimulatedMachine::pass(std::int64_t ns) {
  while (ns > 0) {
    const std::int64_t wall = now_.boot + now_.offset;
    const std::int64_t second = wall - wall % kSecond + kSecond;
    std::int64_t step =
        std::min({ns, next_measurement_ - now_.boot, next_rate_ - now_.boot, next_step_ - now_.boot,
                  next_death_ - now_.boot, next_sleep_ - now_.boot, second - wall});
    if (to_slew_ != 0)
      step = std::min(step, std::max<std::int64_t>(1, std::abs(to_slew_) * kBillion / plan_.slew_ppb));
    move(step);
    ns -= step;
    // The kernel's second: its bound grows.
    if (now_.boot + now_.offset == second) maxerror_us_ = std::min(16'000'000L, maxerror_us_ + 500);
    events();
  }
}

void SimulatedMachine::move(std::int64_t ns) {
  std::int64_t rate = drift_ppb_;
  if (to_slew_ != 0) {
    // A clock that goes fast sees less of the truth pass.
    const std::int64_t direction = to_slew_ > 0 ? 1 : -1;
    rate -= direction * plan_.slew_ppb;
    slew_rest_ += ns * plan_.slew_ppb;
    const std::int64_t slewed = std::min(std::abs(to_slew_), slew_rest_ / kBillion);
    slew_rest_ -= slewed * kBillion;
    to_slew_ -= direction * slewed;
    if (to_slew_ == 0) slew_rest_ = 0;
  }
  now_.truth_rest += static_cast<std::int64_t>(static_cast<__int128>(ns) * rate);
  const std::int64_t whole = now_.truth_rest / kBillion;
  now_.truth_rest -= whole * kBillion;
  now_.truth += ns + whole;
  now_.boot += ns;
}

void SimulatedMachine::events() {
  if (now_.boot >= next_rate_) change_rate();
  if (now_.boot >= next_measurement_) {
    if (running_) measure();
    next_measurement_ = now_.boot + some(kSecond, plan_.longest_poll);
  }
  if (now_.boot >= next_step_) {
    set_clock(some(plan_.smallest_step, plan_.largest_step) * (chance(0.5) ? 1 : -1));
    ++steps;
    next_step_ = after(plan_.step_every);
  }
  if (now_.boot >= next_death_) {
    running_ = !running_;
    measured_ = false;
    to_slew_ = 0;
    // The kernel goes on as it was told; only in time the oscillator wanders off.
    next_rate_ = now_.boot + some(4 * kSecond, 100 * kSecond);
    if (running_) change_rate();
    next_death_ = after(plan_.death_every);
  }
  if (now_.boot >= next_sleep_) {
    const std::int64_t slept = some(kSecond, 60 * kSecond);
    now_.boot += slept;
    now_.asleep += slept;
    now_.truth += slept + some(1, kSecond) * (chance(0.5) ? 1 : -1);
    // What was due meanwhile is due now, and at last.
    for (std::int64_t* next : {&next_measurement_, &next_rate_, &next_step_, &next_death_})
      *next = std::max(*next, now_.boot + 1);
    next_sleep_ = after(plan_.sleep_every);
  }
}

void SimulatedMachine::measure() {
  const std::int64_t most = some(10 * kUs, plan_.largest_error);
  const std::int64_t wrong =
      chance(0.5) ? most : std::uniform_int_distribution<std::int64_t>(0, most)(random_);
  const std::int64_t found = error() + (chance(0.5) ? wrong : -wrong);
  to_slew_ = 0, slew_rest_ = 0;
  if (std::abs(found) > plan_.largest_slew) {
    set_clock(-found);
  } else {
    to_slew_ = -found;
  }
  ++measurements;
  measured_ = true;
  measured_error_ = most;
  measured_at_ = now_.boot;
  measured_wall_ = now_.boot + now_.offset;
  maxerror_us_ = (std::abs(to_slew_) + most) / 1000 + 1;
}

void SimulatedMachine::set_clock(std::int64_t by) {
  now_.offset += by;
  maxerror_us_ = 16'000'000;
}

void SimulatedMachine::change_rate() {
  const std::int64_t most = running_ ? plan_.drift_ppb : plan_.wild_drift_ppb;
  drift_ppb_ = chance(0.7) ? most : std::uniform_int_distribution<std::int64_t>(0, most)(random_);
  if (chance(0.5)) drift_ppb_ = -drift_ppb_;
  next_rate_ = now_.boot + some(kSecond, 1000 * kSecond);
}

KernelReading SimulatedMachine::kernel() const {
  auto& self = const_cast<SimulatedMachine&>(*this);
  self.touch();
  KernelReading reading{.result = TIME_OK, .error = 0, .state = {}};
  reading.state.maxerror = maxerror_us_;
  reading.state.esterror = measurements % 2;
  self.touch();
  return reading;
}

bool SimulatedMachine::ask(const ChronyRequest& request, const ChronyTake& take) {
  pass(some(10 * kUs, 10 * kMs));
  if (!running_) return false;
  ManualReport report;
  if (!measured_) report.leap = 3;
  report.update_ns = measured_wall_;
  report.correction_s = static_cast<double>(to_slew_) / 1e9;
  const double dispersion_s =
      static_cast<double>(measured_error_) / 1e9 +
      static_cast<double>(now_.boot - measured_at_) / 1e9 * static_cast<double>(plan_.assumed_ppb) / 1e9;
  const double delay_s = chance(0.5) ? dispersion_s / 2 : 0;
  report.root_delay_s = 2 * delay_s;
  report.root_dispersion_s = dispersion_s - delay_s;
  report.residual_ppm = 0;
  report.skew_ppm = static_cast<double>(plan_.assumed_ppb) / 1e3 - 1;
  const std::string answer = report.answer_to(request);
  pass(some(10 * kUs, 10 * kMs));
  return take(answer);
}

std::int64_t SimulatedMachine::error_at(WallTime wall) const {
  for (std::size_t i = readings_.size(); i-- > 0;) {
    if (readings_[i].wall == wall.ns) return readings_[i].error;
  }
  throw std::logic_error("the clock never read that");
}

}  // namespace timeservice::clock::test
