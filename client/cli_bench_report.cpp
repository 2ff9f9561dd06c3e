#include "client/cli_bench_report.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace timeservice::client {
namespace {

double seconds(std::chrono::nanoseconds time) { return std::chrono::duration<double>(time).count(); }

double percentile_us(const BenchReport& report, double share) {
  return std::chrono::duration<double, std::micro>(report.latencies.percentile(share)).count();
}

nlohmann::json percentile_json(const BenchReport& report, double share) {
  return report.latencies.count() == 0 ? nlohmann::json() : nlohmann::json(percentile_us(report, share));
}

}  // namespace

double BenchReport::calls_per_second() const {
  return took.count() > 0 ? static_cast<double>(latencies.count()) / seconds(took) : 0;
}

std::string bench_text(const BenchReport& report) {
  std::string latency = "none";
  if (report.latencies.count() > 0) {
    latency = fmt::format("p50 {:.1f} us, p99 {:.1f} us, p99.9 {:.1f} us", percentile_us(report, 0.5),
                          percentile_us(report, 0.99), percentile_us(report, 0.999));
  }
  return fmt::format(
      "calls   {} in {:.3f} s, {} connection{} with {} in flight\nrate    {:.0f} calls/s\n"
      "latency {}\nerrors  {}",
      report.latencies.count(), seconds(report.took), report.connections, report.connections == 1 ? "" : "s",
      report.in_flight, report.calls_per_second(), latency, report.errors);
}

std::string bench_json(const BenchReport& report) {
  return nlohmann::json{{"connections", report.connections},
                        {"in_flight", report.in_flight},
                        {"seconds", seconds(report.took)},
                        {"calls", report.latencies.count()},
                        {"calls_per_second", report.calls_per_second()},
                        {"p50_us", percentile_json(report, 0.5)},
                        {"p99_us", percentile_json(report, 0.99)},
                        {"p99_9_us", percentile_json(report, 0.999)},
                        {"errors", report.errors}}
      .dump();
}

}  // namespace timeservice::client
