#pragma once

#include <string>

#include "bench/results.h"

namespace timeservice::bench {

/// How far the limit is from itself, in each scenario that measured it twice: so far may
/// every other ratio of that scenario be off.
struct Noise {
  /// "16x1 1.002 (0.990..1.013), idle ..."; empty where there is nothing to tell.
  std::string text = {};
  /// The figures say little.
  bool much = false;
};

Noise noise_of(const Report& report);

/// "0.953 (0.941..0.960)": the median ratio, and that of the worst and best round;
/// empty without a ratio.
std::string ratio_text(const Summary& summary);

}  // namespace timeservice::bench
