#include "client/cli_bench_report.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace timeservice::client {
namespace {

double seconds(std::chrono::nanoseconds time) { return std::chrono::duration<double>(time).count(); }

double us(std::chrono::nanoseconds time) { return std::chrono::duration<double, std::micro>(time).count(); }

double percentile_us(const BenchReport& report, double share) {
  return us(report.latencies.percentile(share));
}

/// Of no calls there is no latency.
nlohmann::json latency_json(const BenchReport& report, double time_us) {
  return report.latencies.count() == 0 ? nlohmann::json() : nlohmann::json(time_us);
}

}  // namespace

void BenchLosses::add(const BenchLosses& others) {
  not_connected += others.not_connected;
  connection_lost += others.connection_lost;
  timed_out += others.timed_out;
}

double BenchReport::calls_per_second() const {
  return took.count() > 0 ? static_cast<double>(latencies.count()) / seconds(took) : 0;
}

std::string bench_text(const BenchReport& report) {
  std::string latency = "none";
  if (report.latencies.count() > 0) {
    latency = fmt::format("p50 {:.1f} us, p99 {:.1f} us, p99.9 {:.1f} us, max {:.1f} us",
                          percentile_us(report, 0.5), percentile_us(report, 0.99),
                          percentile_us(report, 0.999), us(report.latencies.max()));
  }
  return fmt::format(
      "calls   {} in {:.3f} s, {} connection{} with {} in flight\nrate    {:.0f} calls/s\n"
      "latency {}\n"
      "errors  {}, of these without an answer {}: not connected {}, connection lost {}, timed out {}\n"
      "shed    {}",
      report.latencies.count(), seconds(report.took), report.connections, report.connections == 1 ? "" : "s",
      report.in_flight, report.calls_per_second(), latency, report.errors, report.lost.all(),
      report.lost.not_connected, report.lost.connection_lost, report.lost.timed_out, report.shed);
}

std::string bench_json(const BenchReport& report) {
  return nlohmann::json{{"connections", report.connections},
                        {"in_flight", report.in_flight},
                        {"seconds", seconds(report.took)},
                        {"calls", report.latencies.count()},
                        {"calls_per_second", report.calls_per_second()},
                        {"p50_us", latency_json(report, percentile_us(report, 0.5))},
                        {"p99_us", latency_json(report, percentile_us(report, 0.99))},
                        {"p99_9_us", latency_json(report, percentile_us(report, 0.999))},
                        {"max_us", latency_json(report, us(report.latencies.max()))},
                        {"errors", report.errors},
                        {"lost", report.lost.all()},
                        {"not_connected", report.lost.not_connected},
                        {"connection_lost", report.lost.connection_lost},
                        {"timed_out", report.lost.timed_out},
                        {"shed", report.shed}}
      .dump();
}

}  // namespace timeservice::client
