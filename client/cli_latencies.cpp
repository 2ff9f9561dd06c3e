#include "client/cli_latencies.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace timeservice::client {

void Latencies::add(std::chrono::nanoseconds latency) {
  const auto ns = static_cast<std::uint64_t>(std::max<std::int64_t>(latency.count(), 0));
  // Of which type a width is differs from one library to the next.
  const int dropped = std::max(static_cast<int>(std::bit_width(ns)) - (kBits + 1), 0);
  ++counts_[static_cast<std::size_t>(dropped) * kPerPower + static_cast<std::size_t>(ns >> dropped)];
  ++count_;
}

void Latencies::add(const Latencies& others) {
  for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += others.counts_[i];
  count_ += others.count_;
}

std::chrono::nanoseconds Latencies::percentile(double share) const {
  const auto wanted = std::max<std::int64_t>(std::llround(std::ceil(share * static_cast<double>(count_))), 1);
  std::int64_t seen = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    seen += counts_[i];
    if (seen < wanted) continue;
    // The largest that is counted here.
    const std::size_t dropped = i < 2 * kPerPower ? 0 : i / kPerPower - 1;
    const auto kept = static_cast<std::uint64_t>(i - dropped * kPerPower);
    return std::chrono::nanoseconds(static_cast<std::int64_t>(((kept + 1) << dropped) - 1));
  }
  return {};
}

}  // namespace timeservice::client
