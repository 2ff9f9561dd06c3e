#include "bench/results.h"

#include <algorithm>

#include <fmt/format.h>

namespace timeservice::bench {
namespace {

/// The member's values in the rounds that are good and have it.
std::vector<double> values(const Row& row, double Round::*member) {
  std::vector<double> all;
  for (const Round& round : row.rounds) {
    if (round.error.empty()) all.push_back(round.*member);
  }
  return all;
}

std::vector<double> values(const Row& row, std::optional<double> Round::*member) {
  std::vector<double> all;
  for (const Round& round : row.rounds) {
    if (round.error.empty() && round.*member) all.push_back(*(round.*member));
  }
  return all;
}

std::optional<double> median_of(const std::vector<double>& all) {
  return all.empty() ? std::nullopt : std::optional(median(all));
}

std::optional<double> for_a_million_calls(const Row& row, std::optional<double> Round::*seconds) {
  double sum = 0;
  std::uint64_t calls = 0;
  for (const Round& round : row.rounds) {
    if (!round.error.empty() || !(round.*seconds)) continue;
    sum += *(round.*seconds);
    calls += round.calls;
  }
  return calls == 0 ? std::nullopt : std::optional(sum / static_cast<double>(calls) * 1e6);
}

}  // namespace

Summary summarized(const Row& row) {
  Summary summary{
      .calls_per_second = median(values(row, &Round::calls_per_second)),
      .p50_us = median(values(row, &Round::p50_us)),
      .p99_us = median(values(row, &Round::p99_us)),
      .p999_us = median(values(row, &Round::p999_us)),
      .max_us = median(values(row, &Round::max_us)),
      .user_seconds = for_a_million_calls(row, &Round::user_seconds),
      .system_seconds = for_a_million_calls(row, &Round::system_seconds),
      .peak_bytes = median_of(values(row, &Round::peak_bytes)),
      .bytes_per_idle_connection = median_of(values(row, &Round::bytes_per_idle_connection)),
  };
  const auto ratios = values(row, &Round::ratio);
  if (!ratios.empty()) {
    summary.ratio = median(ratios);
    summary.least_ratio = *std::min_element(ratios.begin(), ratios.end());
    summary.largest_ratio = *std::max_element(ratios.begin(), ratios.end());
  }
  return summary;
}

std::vector<std::string> errors_of(const Report& report) {
  std::vector<std::string> errors;
  for (const Row& row : report.rows) {
    for (std::size_t i = 0; i < row.rounds.size(); ++i) {
      if (row.rounds[i].error.empty()) continue;
      errors.push_back(
          fmt::format("{}, {}, round {}: {}", row.scenario, row.name, i + 1, row.rounds[i].error));
    }
  }
  return errors;
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

std::string describe(const Row& row) {
  std::string text =
      row.load.rate > 0
          ? fmt::format("{} connections, {:.0f} calls/s, open loop", row.load.connections, row.load.rate)
          : fmt::format("{} connections x {} outstanding", row.load.connections, row.load.depth);
  if (row.idle_connections > 0) text += fmt::format(", beside {} idle", row.idle_connections);
  return text;
}

}  // namespace timeservice::bench
