#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "server/time/clock/bound_source.h"
#include "server/time/clock/kernel_clock.h"

namespace timeservice::clock {

/// The bound that a time daemon keeps in the kernel, `maxerror`, asked for on each call.
///
/// Its value alone says whether it holds. The kernel lets it grow by 500 us a second, and
/// puts it to 16 s at start and whenever the clock is set; STA_UNSYNC only says whether
/// the kernel also writes the battery's clock, which chronyd leaves off by default.
///
/// systemd-timesyncd writes 0 into it at each poll, which bounds nothing; then the
/// operator has to say how far its servers may be off. Its mark tells that it runs here,
/// and multiples of 500 us that it runs beyond a container's walls.
class KernelBound : public BoundSource {
 public:
  /// `clock` outlives this.
  KernelBound(const BoundOptions& options, const Clock& clock, std::unique_ptr<KernelClock> kernel);

  const char* name() const override { return "kernel"; }
  BoundSample sample(BootTime now) const override;
  /// Sees `maxerror` drop, which is a confirmation, and who writes it.
  void refresh() override;
  /// A step has put `maxerror` to 16 s: where it is smaller, the daemon has seen the step.
  bool outlives_step(std::int64_t) const override { return true; }

 private:
  void judge_writer(long maxerror_us);

  const BoundOptions options_;
  const Clock& clock_;
  const std::unique_ptr<KernelClock> kernel_;

  // What refresh() keeps for itself.
  bool looked_ = false;
  long last_maxerror_us_ = 0;
  BootTime last_look_;
  int written_as_zero_ = 1;
  // And what it tells sample().
  std::atomic<bool> says_nothing_of_servers_ = true;
  std::atomic<std::int64_t> dropped_after_ns_;
};

}  // namespace timeservice::clock
