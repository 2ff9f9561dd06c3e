#include "bench/peers/cpp/peer_client.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <exception>
#include <string>

#include <fmt/format.h>

#include "bench/peers/cpp/peer_main.h"

namespace timeservice::peers {
namespace {

using Seconds = std::chrono::duration<double>;
using Microseconds = std::chrono::duration<double, std::micro>;

/// Errors and wrong replies of the warm-up count too; its calls do not.
Phase measure(const ClientOptions& options, const std::vector<Worker>& workers) {
  const Phase warm_up = run_phase(workers, 0, options.warm_up);
  Phase measured;
  // After an error, nothing on a connection can be trusted.
  if (warm_up.tally.errors == 0) measured = run_phase(workers, options.calls, options.duration);
  measured.tally.errors += warm_up.tally.errors;
  measured.tally.wrong += warm_up.tally.wrong;
  std::ranges::sort(measured.tally.latencies);
  return measured;
}

/// By nearest rank.
std::string quantile_us(const std::vector<Clock::duration>& sorted, double q) {
  if (sorted.empty()) return "null";
  const auto rank = static_cast<std::size_t>(std::ceil(q * static_cast<double>(sorted.size())));
  return fmt::format("{:.1f}", Microseconds(sorted[std::max<std::size_t>(rank, 1) - 1]).count());
}

void print(const Phase& phase, std::size_t connections) {
  const Tally& tally = phase.tally;
  fmt::print(
      "{{\"calls\": {}, \"errors\": {}, \"wrong\": {}, \"seconds\": {:.6f}, \"p50_us\": {}, \"p99_us\": {}, "
      "\"client_cpu_seconds\": {:.6f}, \"connections\": {}}}\n",
      tally.latencies.size(), tally.errors, tally.wrong, Seconds(phase.elapsed).count(),
      quantile_us(tally.latencies, 0.5), quantile_us(tally.latencies, 0.99), phase.processor_time.count(),
      connections);
}

}  // namespace

int run_peer_client(std::string_view name, int argc, char** argv, const std::vector<Switch>& own,
                    const Connect& connect) {
  return run_peer(name, [&] {
    const auto options = parse_client_flags(name, argc, argv, own);
    if (!options) return EXIT_SUCCESS;
    const Workload workload(options->call, options->payload_bytes, options->count, options->milliseconds);
    std::vector<Worker> workers;
    Phase phase;
    try {
      workers = connect(*options, workload);
      phase = measure(*options, workers);
    } catch (const Unsupported&) {
      throw;
    } catch (const std::exception& error) {
      phase.tally.fail(error);
    }
    print(phase, workers.empty() ? 0 : options->pipelined() ? 1 : options->concurrency);
    const Tally& tally = phase.tally;
    return !tally.latencies.empty() && tally.errors == 0 && tally.wrong == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
  });
}

}  // namespace timeservice::peers
