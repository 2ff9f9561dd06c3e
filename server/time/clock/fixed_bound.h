#pragma once

#include <chrono>

#include "server/time/clock/bound_source.h"

namespace timeservice::clock {

/// The operator's word that the clock, as whoever disciplines it leaves it, is never
/// further off than this. It does not age. A step by up to twice the error can be from
/// one clock that is right by it to another; a larger one proves the word wrong, before or
/// after, and a machine that slept had its clock set from its battery's. Nobody can
/// confirm the word but who gave it: then there is no bound until the server starts anew.
class FixedBound : public BoundSource {
 public:
  explicit FixedBound(std::chrono::nanoseconds error);

  const char* name() const override { return "fixed"; }
  BoundSample sample(BootTime now) const override;
  bool outlives_step(std::int64_t step_ns) const override;
  const char* without_confirmation() const override {
    return "the clock was stepped, or the machine slept, and nobody can confirm a fixed bound: restart the "
           "server "
           "if it holds again";
  }

 private:
  const std::int64_t error_ns_;
};

}  // namespace timeservice::clock
