#include "bench/report_table.h"

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include <fmt/format.h>

#include "bench/noise.h"

namespace timeservice::bench {
namespace {

std::string rate_text(const Summary& summary) { return fmt::format("{:.0f}", summary.calls_per_second); }

template <double Summary::*kLatency>
std::string latency_text(const Summary& summary) {
  return fmt::format("{:.1f}", summary.*kLatency);
}

std::string cpu_text(const Summary& summary) {
  if (!summary.user_seconds || !summary.system_seconds) return "";
  return fmt::format("{:.2f} = {:.2f} + {:.2f}", *summary.user_seconds + *summary.system_seconds,
                     *summary.user_seconds, *summary.system_seconds);
}

std::string memory_text(const Summary& summary) {
  return summary.peak_bytes ? fmt::format("{:.1f} MiB", *summary.peak_bytes / (1 << 20)) : "";
}

std::string idle_memory_text(const Summary& summary) {
  return summary.bytes_per_idle_connection ? fmt::format("{:.0f}", *summary.bytes_per_idle_connection) : "";
}

struct Column {
  std::string_view title;
  /// What the title does not say; empty: it says all.
  std::string_view legend;
  std::size_t width;
  std::string (*text)(const Summary& summary);
};

/// A column is shown where a row has something in it.
constexpr auto kColumns = std::to_array<Column>({
    {"calls/s", "", 10, rate_text},
    {"ratio",
     "ratio: to the limit in the same dialect, or to the same server without what the row is about;\n"
     "taken in each round, and shown with its least and largest.\n",
     20, ratio_text},
    {"p50", "", 8, latency_text<&Summary::p50_us>},
    {"p99", "", 8, latency_text<&Summary::p99_us>},
    {"p99.9", "", 8, latency_text<&Summary::p999_us>},
    {"max", "", 8, latency_text<&Summary::max_us>},
    {"cpu s", "cpu: the server's processor time for a million calls, user + system.\n", 20, cpu_text},
    {"memory", "memory: the most that the server held.\n", 9, memory_text},
    {"bytes/idle", "bytes/idle: the server's memory for each idle connection.\n", 10, idle_memory_text},
});

bool is_void(const Row& row) {
  return std::all_of(row.rounds.begin(), row.rounds.end(),
                     [](const Round& round) { return !round.error.empty(); });
}

std::vector<Column> columns_of(std::span<const Row> rows) {
  std::vector<Column> columns;
  for (const Column& column : kColumns) {
    const bool shown = std::any_of(rows.begin(), rows.end(),
                                   [&](const Row& row) { return !column.text(summarized(row)).empty(); });
    if (shown) columns.push_back(column);
  }
  return columns;
}

std::string line_of(const Row& row, std::size_t width, const std::vector<Column>& columns) {
  if (is_void(row)) return fmt::format("  {:{}}        void\n", row.name, width);
  const Summary summary = summarized(row);
  std::string line = fmt::format("  {:{}}", row.name, width);
  for (const Column& column : columns) line += fmt::format("  {:>{}}", column.text(summary), column.width);
  return line + "\n";
}

/// One scenario's.
std::string table_of(std::span<const Row> rows) {
  std::size_t width = 0;
  for (const Row& row : rows) width = std::max(width, row.name.size());
  const std::vector<Column> columns = columns_of(rows);
  std::string text =
      fmt::format("\n{}: {}\n  {:{}}", rows.front().scenario, describe(rows.front()), "", width);
  for (const Column& column : columns) text += fmt::format("  {:>{}}", column.title, column.width);
  text += "\n";
  for (const Row& row : rows) text += line_of(row, width, columns);
  return text;
}

std::string legend(const Report& report) {
  std::string text = "Medians of the rounds; latencies in microseconds.\n";
  for (const Column& column : columns_of(report.rows)) text += column.legend;
  return text;
}

std::string noise_text(const Report& report) {
  const Noise noise = noise_of(report);
  if (noise.text.empty()) return "";
  return fmt::format(
      "\nNoise, the limit held against itself: {}\n{}", noise.text,
      noise.much ? "That is much: this machine does something else besides, and the figures say little.\n"
                 : "");
}

}  // namespace

std::string report_table(const Report& report) {
  std::string text = legend(report);
  for (auto first = report.rows.begin(); first != report.rows.end();) {
    const auto end = std::find_if(first, report.rows.end(),
                                  [&](const Row& row) { return row.scenario != first->scenario; });
    text += table_of({first, end});
    first = end;
  }
  text += noise_text(report);
  for (const std::string& line : report.skipped) text += fmt::format("\nSKIPPED {}\n", line);
  return text;
}

}  // namespace timeservice::bench
