#include "bench/chart_svg.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "bench/noise.h"
#include "bench/scenarios.h"

namespace timeservice::bench {
namespace {

constexpr int kWidth = 1100;
constexpr int kLabelEnd = 240;  // labels end here, from the right
constexpr int kRatesAt = 250;
constexpr int kLatenciesAt = 730;
constexpr int kLongestBar = 240;
constexpr int kRowHeight = 24;
constexpr int kBarHeight = 14;
constexpr int kTitleHeight = 56;
constexpr int kMargin = 16;
constexpr int kLineHeight = 20;

// Plain colours, not CSS variables: not every viewer knows those.
constexpr std::string_view kStyle = R"(
    text { font: 13px sans-serif; fill: #1f2328 }
    .title { font-weight: bold }
    .dim { fill: #59636e }
    .ground { fill: #ffffff }
    .limit { fill: #9aa4af }
    .mode { fill: #0969da }
    .p99 { fill: #9cc7f5 }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3 }
      .dim { fill: #9198a1 }
      .ground { fill: #0d1117 }
      .limit { fill: #6e7681 }
      .mode { fill: #4493f8 }
      .p99 { fill: #1f4d80 }
    }
  )";

std::string escaped(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    switch (c) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      default:
        safe += c;
    }
  }
  return safe;
}

std::string text_at(int x, int y, std::string_view style, std::string_view text) {
  return fmt::format("  <text x=\"{}\" y=\"{}\" class=\"{}\">{}</text>\n", x, y, style, escaped(text));
}

/// A bar as long as `value` is of `most`; hovering over it tells the number.
std::string bar(int x, int y, std::string_view style, double value, double most, std::string_view tip) {
  const double length = most > 0 ? value / most * kLongestBar : 0;
  return fmt::format(
      "  <rect x=\"{}\" y=\"{}\" width=\"{:.1f}\" height=\"{}\" class=\"{}\"><title>{}</title></rect>\n", x,
      y, length, kBarHeight, style, escaped(tip));
}

/// 141234 as "141 k", 4100000 as "4.10 M".
std::string short_number(double value) {
  if (value >= 1e6) return fmt::format("{:.2f} M", value / 1e6);
  return value >= 1e4 ? fmt::format("{:.0f} k", value / 1e3) : fmt::format("{:.0f}", value);
}

/// "141 k, 0.95 (0.93..0.97)".
std::string rate_text(const Summary& summary) {
  std::string text = short_number(summary.calls_per_second);
  if (summary.ratio) {
    text += fmt::format(", {:.2f} ({:.2f}..{:.2f})", *summary.ratio, *summary.least_ratio,
                        *summary.largest_ratio);
  }
  return text;
}

struct Line {
  const Row* row;
  Summary summary;
};

struct Largest {
  double rate = 0;
  double p99_us = 0;
};

std::string line_at(int y, const Line& line, const Largest& largest) {
  const auto& [row, summary] = line;
  const int bar_y = y - kBarHeight + 3;
  const std::string_view kind = row->name.starts_with(kLimit) ? "limit" : "mode";
  std::string svg = fmt::format("  <text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>\n", kLabelEnd, y,
                                escaped(row->name));
  svg += bar(kRatesAt, bar_y, fmt::format("bar rate {}", kind), summary.calls_per_second, largest.rate,
             fmt::format("{}: {:.0f} calls/s", row->name, summary.calls_per_second));
  svg += text_at(kRatesAt + kLongestBar + 8, y, "dim", rate_text(summary));
  svg += bar(kLatenciesAt, bar_y, "bar p99", summary.p99_us, largest.p99_us,
             fmt::format("{}: p99 {:.1f} µs", row->name, summary.p99_us));
  svg += bar(kLatenciesAt, bar_y, fmt::format("bar p50 {}", kind), summary.p50_us, largest.p99_us,
             fmt::format("{}: p50 {:.1f} µs", row->name, summary.p50_us));
  svg += text_at(kLatenciesAt + kLongestBar + 8, y, "dim",
                 fmt::format("{:.0f} / {:.0f}", summary.p50_us, summary.p99_us));
  return svg;
}

/// The lines of one scenario, below `y`, which it moves down.
std::string scenario_at(int& y, const std::vector<Line>& lines) {
  Largest largest;
  for (const Line& line : lines) {
    largest.rate = std::max(largest.rate, line.summary.calls_per_second);
    largest.p99_us = std::max(largest.p99_us, line.summary.p99_us);
  }
  const Row& first = *lines.front().row;
  std::string svg = text_at(kMargin, y + 16, "title", fmt::format("{}: {}", first.scenario, describe(first)));
  svg += text_at(kRatesAt, y + 38, "dim", "calls per second, ratio (least..largest)");
  svg += text_at(kLatenciesAt, y + 38, "dim", "latencies in µs: p50 / p99");
  y += kTitleHeight;
  for (const Line& line : lines) {
    svg += line_at(y, line, largest);
    y += kRowHeight;
  }
  y += kMargin;
  return svg;
}

/// What one has to know to read it, below `y`, which it moves down.
std::string legend_at(int& y, const Report& report, std::string_view taken) {
  std::vector<std::string> lines = {
      std::string(taken),
      "Medians of the rounds. ratio: to the limit, a loop that answers with canned bytes, or to the same "
      "server "
      "without what the row is about; in brackets its least and largest.",
      "p50 (dark bar): half of the calls took at most so long. p99 (pale bar): all but one of a hundred did.",
  };
  const Noise noise = noise_of(report);
  if (!noise.text.empty()) {
    lines.push_back("Noise, the limit held against itself: " + noise.text +
                    (noise.much ? ", which is much" : ""));
  }
  std::string svg;
  for (const std::string& line : lines) {
    svg += text_at(kMargin, y + kMargin, "dim", line);
    y += kLineHeight;
  }
  y += kMargin;
  return svg;
}

}  // namespace

std::string chart_svg(const Report& report, std::string_view taken) {
  std::string body;
  int y = kMargin;
  for (auto row = report.rows.begin(); row != report.rows.end();) {
    const std::string& scenario = row->scenario;
    std::vector<Line> lines;
    for (; row != report.rows.end() && row->scenario == scenario; ++row)
      lines.push_back({&*row, summarized(*row)});
    body += scenario_at(y, lines);
  }
  body += legend_at(y, report, taken);
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" height=\"{1}\" "
      "role=\"img\">\n  <title>Calls per second and latencies</title>\n  <style>{2}</style>\n"
      "  <rect width=\"{0}\" height=\"{1}\" class=\"ground\"/>\n{3}</svg>\n",
      kWidth, y, kStyle, body);
}

}  // namespace timeservice::bench
