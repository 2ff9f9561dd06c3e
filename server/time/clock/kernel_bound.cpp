#include "server/time/clock/kernel_bound.h"

#include <algorithm>
#include <filesystem>
#include <limits>
#include <utility>

#include "server/time/clock/bound_sources.h"
#include "server/time/saturating.h"

namespace timeservice::clock {
namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;

std::int32_t pending_leap(const KernelReading& reading) {
  // While STA_UNSYNC is set the result is TIME_ERROR, so the flags have to tell.
  if (reading.result == TIME_WAIT) return 0;
  if ((reading.state.status & STA_INS) != 0 || reading.result == TIME_OOP) return 1;
  return (reading.state.status & STA_DEL) != 0 ? -1 : 0;
}

/// It grows evenly from 0 or more, so it cannot have been written longer ago than that.
BootTime written_after(long maxerror_us, BootTime now) {
  const std::int64_t seconds = (maxerror_us + kKernelGrowth_us) / kKernelGrowth_us + 1;
  return {saturating_subtract(now.ns, seconds * kNsPerSecond)};
}

}  // namespace

KernelBound::KernelBound(const BoundOptions& options, const Clock& clock, std::unique_ptr<KernelClock> kernel)
    : options_(options),
      clock_(clock),
      kernel_(std::move(kernel)),
      dropped_after_ns_(std::numeric_limits<std::int64_t>::min()) {
  refresh();
}

BoundSample KernelBound::sample(BootTime now) const {
  const KernelReading reading = kernel_->read();
  BoundSample sample;
  if (reading.result == -1) {
    sample.reason = kRefusedAdjtimex;
    return sample;
  }
  sample.pending_leap_s = pending_leap(reading);
  sample.tai_offset_s = reading.state.tai;
  const long maxerror_us = reading.state.maxerror;
  if (maxerror_us < 0) {
    sample.reason = "the kernel's bound on the clock's error is negative: restart the time daemon";
    return sample;
  }
  if (maxerror_us >= kNoKernelBound_us) {
    sample.state = ClockState::UNSYNCHRONIZED;
    sample.reason = "the kernel's clock is not synchronized: run chronyd, or wait until it has set the clock";
    return sample;
  }
  if (says_nothing_of_servers_.load(std::memory_order_relaxed) && !options_.upstream_error) {
    sample.reason =
        "the time daemon does not say how far its servers may be off (systemd-timesyncd): give "
        "--upstream-error, or run chronyd";
    return sample;
  }
  const std::int64_t upstream_ns = options_.upstream_error.value_or(std::chrono::nanoseconds(0)).count();
  sample.error_ns = saturating_add(kernel_bound_ns(maxerror_us), upstream_ns);
  sample.confirmed =
      std::max(written_after(maxerror_us, now), BootTime{dropped_after_ns_.load(std::memory_order_relaxed)});
  const bool fresh = saturating_subtract(now.ns, sample.confirmed.ns) <= options_.holdover_after.count();
  sample.state = fresh ? ClockState::SYNCHRONIZED : ClockState::HOLDOVER;
  return sample;
}

void KernelBound::refresh() {
  const BootTime before = clock_.boot();
  const KernelReading reading = kernel_->read();
  if (reading.result == -1) return;
  const long maxerror_us = reading.state.maxerror;
  const bool dropped = looked_ && maxerror_us < last_maxerror_us_;
  if (dropped) dropped_after_ns_.store(last_look_.ns, std::memory_order_relaxed);
  // Below what two seconds add it was written just now, also if it was as low before.
  const bool written = dropped || !looked_ || maxerror_us < 2 * kKernelGrowth_us;
  if (maxerror_us < kNoKernelBound_us && written) judge_writer(maxerror_us);
  std::error_code ignored;
  says_nothing_of_servers_.store(
      written_as_zero_ >= 2 || std::filesystem::exists(options_.timesyncd_mark, ignored),
      std::memory_order_relaxed);
  looked_ = maxerror_us < kNoKernelBound_us || looked_;
  last_maxerror_us_ = maxerror_us;
  last_look_ = before;
}

/// A bound that was written as 0 is a multiple of what the kernel adds ever after; any
/// other is so by chance, once in 500. Two in a row are no chance, nor is the first that
/// is seen taken on trust.
void KernelBound::judge_writer(long maxerror_us) {
  written_as_zero_ = maxerror_us % kKernelGrowth_us == 0 ? written_as_zero_ + 1 : 0;
}

std::unique_ptr<BoundSource> make_kernel_bound(std::string_view, const BoundOptions& options,
                                               const Clock& clock) {
  return std::make_unique<KernelBound>(options, clock, std::make_unique<SystemKernelClock>());
}

}  // namespace timeservice::clock
