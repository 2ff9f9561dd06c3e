#include "bench/trials.h"

#include <algorithm>
#include <cstdio>
#include <numeric>
#include <random>

#include <fmt/format.h>

#include "bench/measurement.h"

namespace timeservice::bench {

std::vector<Row> run_trials(std::string_view scenario, const std::vector<Trial>& trials,
                            const BenchOptions& options) {
  std::vector<Row> rows;
  rows.reserve(trials.size());
  for (const Trial& trial : trials) {
    rows.push_back({.scenario = std::string(scenario),
                    .name = trial.contestant.name,
                    .dialect = trial.contestant.dialect,
                    .load = trial.load,
                    .base = trial.base});
  }
  for (std::size_t round = 0; round < options.rounds; ++round) {
    say_progress(scenario, round, options);
    for (Row& row : rows) row.rounds.emplace_back();
    for (const std::size_t i : shuffled(trials.size(), round)) {
      rows[i].rounds.back() = measure(trials[i].contestant, trials[i].load, options.server_core());
    }
    set_ratios(rows, round);
  }
  return rows;
}

std::vector<std::size_t> shuffled(std::size_t count, std::size_t round) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::mt19937 random(static_cast<std::mt19937::result_type>(round + 1));
  std::shuffle(order.begin(), order.end(), random);
  return order;
}

void set_ratios(std::vector<Row>& rows, std::size_t round) {
  for (Row& row : rows) {
    const auto base =
        std::find_if(rows.begin(), rows.end(), [&](const Row& other) { return other.name == row.base; });
    if (base == rows.end()) continue;
    const Round& unit = base->rounds[round];
    Round& measured = row.rounds[round];
    if (unit.error.empty() && measured.error.empty()) {
      measured.ratio = measured.calls_per_second / unit.calls_per_second;
    }
  }
}

void say_progress(std::string_view scenario, std::size_t round, const BenchOptions& options) {
  fmt::print(stderr, "time-bench: {}, round {} of {}\n", scenario, round + 1, options.rounds);
}

}  // namespace timeservice::bench
