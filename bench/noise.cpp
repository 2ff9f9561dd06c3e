#include "bench/noise.h"

#include <fmt/format.h>

#include "bench/scenarios.h"

namespace timeservice::bench {
namespace {

/// How far a round's ratio of the limit to itself may be from 1.
constexpr double kTolerable = 0.1;

}  // namespace

Noise noise_of(const Report& report) {
  Noise noise;
  for (const Row& row : report.rows) {
    if (!row.name.starts_with(kLimitAgain) || row.idle_connections > 0) continue;
    const Summary summary = summarized(row);
    if (!summary.ratio) continue;
    noise.text += fmt::format("{}{} {}", noise.text.empty() ? "" : ", ", row.scenario, ratio_text(summary));
    noise.much =
        noise.much || *summary.least_ratio < 1 - kTolerable || *summary.largest_ratio > 1 + kTolerable;
  }
  return noise;
}

std::string ratio_text(const Summary& summary) {
  if (!summary.ratio) return "";
  return fmt::format("{:.3f} ({:.3f}..{:.3f})", *summary.ratio, *summary.least_ratio, *summary.largest_ratio);
}

}  // namespace timeservice::bench
