#include "bench/report_table.h"

#include <algorithm>

#include <fmt/format.h>

#include "bench/scenarios.h"

namespace timeservice::bench {
namespace {

/// How far a round's ratio of the limit to itself may be from 1.
constexpr double kTolerable = 0.1;

constexpr const char* kLegend =
    "Medians of the rounds. ratio: to the limit in the same dialect, or, with idle connections,\n"
    "to the same server without; taken in each round, and shown with its least and largest.\n"
    "Latencies in microseconds. cpu: the server's processor time for a million calls,\n"
    "user + system. memory: the most that the server held.\n";

std::string ratio_text(const Summary& summary) {
  if (!summary.ratio) return "";
  return fmt::format("{:.3f} ({:.3f}..{:.3f})", *summary.ratio, *summary.least_ratio, *summary.largest_ratio);
}

std::string cpu_text(const Summary& summary) {
  if (!summary.user_seconds || !summary.system_seconds) return "";
  return fmt::format("{:.2f} = {:.2f} + {:.2f}", *summary.user_seconds + *summary.system_seconds,
                     *summary.user_seconds, *summary.system_seconds);
}

std::string memory_text(const Summary& summary) {
  std::string text = summary.peak_bytes ? fmt::format("{:.1f} MiB", *summary.peak_bytes / (1 << 20)) : "";
  if (summary.bytes_per_idle_connection) {
    text += fmt::format(", {:.0f} bytes/idle", *summary.bytes_per_idle_connection);
  }
  return text;
}

bool is_void(const Row& row) {
  return std::all_of(row.rounds.begin(), row.rounds.end(),
                     [](const Round& round) { return !round.error.empty(); });
}

std::string line_of(const Row& row, std::size_t width) {
  if (is_void(row)) return fmt::format("  {:{}}        void\n", row.name, width);
  const Summary summary = summarized(row);
  return fmt::format("  {:{}}  {:>10.0f}  {:22}  {:>8.1f}  {:>8.1f}  {:>8.1f}  {:22}  {}\n", row.name, width,
                     summary.calls_per_second, ratio_text(summary), summary.p50_us, summary.p99_us,
                     summary.p999_us, cpu_text(summary), memory_text(summary));
}

/// The rows from `first` on that belong to the same scenario.
std::size_t end_of_scenario(const std::vector<Row>& rows, std::size_t first) {
  std::size_t end = first;
  while (end < rows.size() && rows[end].scenario == rows[first].scenario) ++end;
  return end;
}

std::string table_of(const std::vector<Row>& rows, std::size_t first, std::size_t end) {
  std::size_t width = 0;
  for (std::size_t i = first; i < end; ++i) width = std::max(width, rows[i].name.size());
  std::string text = fmt::format("\n{}: {}\n", rows[first].scenario, describe(rows[first]));
  text += fmt::format("  {:{}}  {:>10}  {:22}  {:>8}  {:>8}  {:>8}  {:22}  {}\n", "", width, "calls/s",
                      "ratio", "p50", "p99", "p99.9", "cpu s", "memory");
  for (std::size_t i = first; i < end; ++i) text += line_of(rows[i], width);
  return text;
}

/// The limit held against itself: the rows that do.
std::vector<const Row*> controls(const std::vector<Row>& rows) {
  std::vector<const Row*> found;
  for (const Row& row : rows) {
    if (row.name == kLimitAgain && summarized(row).ratio) found.push_back(&row);
  }
  return found;
}

std::string noise(const std::vector<Row>& rows) {
  std::string text;
  bool busy = false;
  for (const Row* row : controls(rows)) {
    const Summary summary = summarized(*row);
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", row->scenario, ratio_text(summary));
    busy = busy || *summary.least_ratio < 1 - kTolerable || *summary.largest_ratio > 1 + kTolerable;
  }
  if (text.empty()) return text;
  return fmt::format(
      "\nNoise, the limit held against itself: {}\n{}", text,
      busy ? "That is much: this machine does something else besides, and the figures say little.\n" : "");
}

}  // namespace

std::string report_table(const Report& report) {
  std::string text = kLegend;
  for (std::size_t first = 0; first < report.rows.size();) {
    const std::size_t end = end_of_scenario(report.rows, first);
    text += table_of(report.rows, first, end);
    first = end;
  }
  text += noise(report.rows);
  for (const std::string& line : report.skipped) text += fmt::format("\nSKIPPED {}\n", line);
  return text;
}

}  // namespace timeservice::bench
