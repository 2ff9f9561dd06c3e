#include "server/time/clock/chrony_bound.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "server/time/clock/bound_sources.h"
#include "server/time/clock/chrony_socket.h"
#include "server/time/saturating.h"

namespace timeservice::clock {
namespace {

/// An answer from this machine takes less than a millisecond, unless chronyd is busy.
constexpr std::chrono::milliseconds kPatience{300};
/// The time of a measurement moves by less than this when chronyd adjusts its rate, and by
/// more with a new measurement: chronyd polls 64 times a second at most.
constexpr std::int64_t kSameUpdate_ns = 10'000'000;

/// How long chronyd is taken to live after a report; the next is due in a second.
constexpr std::int64_t kHeld_ns = 3'000'000'000;

/// In nanoseconds, rounded up.
std::int64_t growth(std::int64_t time_ns, std::int64_t rate_ppb) {
  // In whole microseconds, so that it overflows only after centuries.
  std::int64_t grown_fs = 0;
  if (__builtin_mul_overflow((time_ns + 999) / 1000, rate_ppb, &grown_fs)) {
    return std::numeric_limits<std::int64_t>::max();
  }
  return grown_fs / 1'000'000 + (grown_fs % 1'000'000 == 0 ? 0 : 1);
}

}  // namespace

ChronyBound::ChronyBound(const BoundOptions& options, const Clock& clock, std::unique_ptr<ChronyLink> link,
                         std::unique_ptr<KernelClock> kernel)
    : options_(options),
      clock_(clock),
      link_(std::move(link)),
      kernel_(std::move(kernel)),
      born_(clock.boot()),
      known_(Known{}) {}

/// By chronyd's own assumption while it can be expected to hold the clock.
std::int64_t ChronyBound::aged(const Known& known, BootTime now) const {
  const std::int64_t age_ns = std::max<std::int64_t>(0, saturating_subtract(now.ns, known.taken_ns));
  const std::int64_t held_ns = std::min(age_ns, kHeld_ns);
  const std::int64_t loose_ppb = std::max(known.growth_ppb, options_.drift_ppm * std::int64_t{1000});
  return saturating_add(
      known.error_ns, saturating_add(growth(held_ns, known.growth_ppb), growth(age_ns - held_ns, loose_ppb)));
}

BoundSample ChronyBound::sample(BootTime now) const {
  const Known known = known_.load();
  BoundSample sample;
  if (known.any == 0) {
    sample.reason =
        "chronyd does not answer: start it, or give --clock-error chrony:ADDRESS:PORT where it listens";
    return sample;
  }
  if (known.synchronized == 0) {
    sample.state = ClockState::UNSYNCHRONIZED;
    sample.reason = "chronyd is not synchronized: see 'chronyc sources'";
    return sample;
  }
  sample.error_ns = aged(known, now);
  const KernelReading kernel = kernel_->read();
  if (kernel.result == -1) {
    sample.error_ns = -1;
    sample.reason = kRefusedAdjtimex;
    return sample;
  }
  if (known.keeps_kernel != 0 && kernel.state.maxerror >= kNoKernelBound_us) {
    sample.state = ClockState::UNSYNCHRONIZED;
    sample.error_ns = -1;
    sample.reason = "the clock was set, and chronyd has not measured it since";
    return sample;
  }
  if (known.keeps_kernel != 0 && written_since(known, kernel.state)) {
    sample.error_ns = std::max(sample.error_ns, kernel_bound_ns(kernel.state.maxerror));
  }
  sample.pending_leap_s = static_cast<std::int32_t>(known.pending_leap_s);
  sample.tai_offset_s = kernel.state.tai;
  sample.confirmed = {known.confirmed_ns};
  const bool fresh = saturating_subtract(now.ns, known.confirmed_ns) <= options_.holdover_after.count();
  sample.state = fresh ? ClockState::SYNCHRONIZED : ClockState::HOLDOVER;
  return sample;
}

/// Whether the kernel's bound was written since the report, rather than only grew.
bool ChronyBound::written_since(const Known& known, const timex& kernel) {
  const std::int64_t grown_us = kernel.maxerror - known.maxerror_us;
  return kernel.esterror != known.esterror_us || grown_us < 0 || grown_us % kKernelGrowth_us != 0;
}

void ChronyBound::refresh() {
  const KernelReading kernel = kernel_->read();
  const BootTime asked = clock_.boot();
  const std::uint32_t sequence = random_();
  std::optional<ChronyReport> report;
  link_->ask(chrony_tracking_request(sequence), kPatience, [&](std::string_view message) {
    report = read_chrony_report(message, sequence);
    return report.has_value();
  });
  if (report && kernel.result != -1) known_.store(reported(*report, asked, kernel.state));
}

ChronyBound::Known ChronyBound::reported(const ChronyReport& report, BootTime asked, const timex& kernel) {
  Known known = known_.load();
  if (known.any == 0) {
    // The clock that the measurement is dated by may have been set since; but not since this
    // began to look, for all that is known.
    const std::int64_t ago_ns = saturating_subtract(clock_.wall().ns, report.update_ns);
    known.confirmed_ns = ago_ns < 0 ? std::numeric_limits<std::int64_t>::min()
                                    : std::min(born_.ns, saturating_subtract(asked.ns, ago_ns));
  } else if (std::abs(report.update_ns - last_update_ns_) > kSameUpdate_ns) {
    known.confirmed_ns = last_asked_.ns;
  }
  last_update_ns_ = report.update_ns;
  last_asked_ = asked;
  known.any = 1;
  known.synchronized = report.synchronized ? 1 : 0;
  known.pending_leap_s = report.pending_leap_s;
  known.error_ns = report.error_ns;
  known.taken_ns = asked.ns;
  if (kernel.maxerror < kNoKernelBound_us) known.keeps_kernel = 1;
  known.growth_ppb = report.growth_ppb;
  // With "-x" nobody corrects the clock's rate.
  if (known.keeps_kernel == 0) known.growth_ppb = saturating_add(known.growth_ppb, report.frequency_ppb);
  known.maxerror_us = kernel.maxerror;
  known.esterror_us = kernel.esterror;
  return known;
}

std::unique_ptr<BoundSource> make_chrony_bound(std::string_view argument, const BoundOptions& options,
                                               const Clock& clock) {
  auto socket = std::make_unique<ChronySocket>(argument.empty() ? "127.0.0.1:323" : argument);
  return std::make_unique<ChronyBound>(options, clock, std::move(socket),
                                       std::make_unique<SystemKernelClock>());
}

}  // namespace timeservice::clock
