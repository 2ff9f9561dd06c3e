#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/bench_options.h"
#include "bench/contestants.h"
#include "bench/results.h"

namespace timeservice::bench {

/// One contestant under one load.
struct Trial {
  Contestant contestant;
  Load load;
  /// The trial that it is held against, by its contestant's name; empty for none.
  std::string base;
};

/// Measures each trial once in every round, in another order each time, so that what
/// the machine does beside them meets all of them alike, and ratios are of figures
/// that were taken near each other.
std::vector<Row> run_trials(std::string_view scenario, const std::vector<Trial>& trials,
                            const BenchOptions& options);

/// The numbers below `count` in that round's order; the same in every run.
std::vector<std::size_t> shuffled(std::size_t count, std::size_t round);

/// Sets the ratios of that round, of each row to its base among `rows`.
void set_ratios(std::vector<Row>& rows, std::size_t round);

/// One line on standard error: what is being done.
void say_progress(std::string_view scenario, std::size_t round, const BenchOptions& options);

}  // namespace timeservice::bench
