#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bench/bench_options.h"

namespace timeservice::bench {

/// A flag of time-bench.
struct FlagRow {
  std::string_view name;
  /// What --help calls its value; empty for a flag without one.
  std::string_view value;
  std::string help;
  /// The commands that it is for.
  std::string_view commands;
  bool repeatable;
  /// Throws std::invalid_argument that says what is wrong with the value.
  void (*set)(BenchOptions& options, const std::string& value);

  bool is_for(std::string_view command) const { return commands.find(command) != std::string_view::npos; }
};

/// THE table of flags, in the order in which they are applied. It feeds --help and
/// validation.
const std::vector<FlagRow>& flags();

}  // namespace timeservice::bench
