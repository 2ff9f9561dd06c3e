#pragma once

#include <cstdint>
#include <memory>
#include <random>

#include "server/time/clock/bound_source.h"
#include "server/time/clock/chrony_link.h"
#include "server/time/clock/kernel_clock.h"
#include "server/time/clock/published.h"

namespace timeservice::clock {

/// The bound that a chronyd on this machine gives on its clock. It is asked about once a
/// second; in between its last report ages by what chronyd itself assumes, and by
/// BoundOptions::drift_ppm when it answers no longer, since then nobody holds the clock.
///
/// Between two reports chronyd may measure anew, worse than before, and slew the clock
/// accordingly; or somebody may set it. Both show in the kernel, whose bound chronyd
/// writes with each measurement: then that one counts as well, until the next report.
///
/// The clock counts as confirmed when the report tells of a new measurement. chronyd does
/// not see small steps that others make, so the bound outlives none.
class ChronyBound : public BoundSource {
 public:
  /// `clock` outlives this.
  ChronyBound(const BoundOptions& options, const Clock& clock, std::unique_ptr<ChronyLink> link,
              std::unique_ptr<KernelClock> kernel);

  const char* name() const override { return "chrony"; }
  BoundSample sample(BootTime now) const override;
  void refresh() override;
  bool outlives_step(std::int64_t) const override { return false; }

 private:
  /// What sample() is told. Only words, to be published.
  struct Known {
    std::int64_t synchronized = 0;
    std::int64_t pending_leap_s = 0;
    std::int64_t error_ns = 0;
    std::int64_t growth_ppb = 0;
    /// When the error was that; on the boot clock, as is the next.
    std::int64_t taken_ns = 0;
    std::int64_t confirmed_ns = 0;
    /// What the kernel said just before the report.
    std::int64_t maxerror_us = 0;
    std::int64_t esterror_us = 0;
    /// Whether the kernel ever had a bound: a chronyd that leaves the clock alone ("-x")
    /// writes none.
    std::int64_t keeps_kernel = 0;
    /// Whether there ever was a report.
    std::int64_t any = 0;
  };

  std::int64_t aged(const Known& known, BootTime now) const;
  static bool written_since(const Known& known, const timex& kernel);
  Known reported(const ChronyReport& report, BootTime asked, const timex& kernel);

  const BoundOptions options_;
  const Clock& clock_;
  const std::unique_ptr<ChronyLink> link_;
  const std::unique_ptr<KernelClock> kernel_;
  const BootTime born_;
  Published<Known> known_;

  // What refresh() keeps for itself: numbers for its questions, and of the last report.
  std::random_device random_;
  std::int64_t last_update_ns_ = 0;
  BootTime last_asked_;
};

}  // namespace timeservice::clock
