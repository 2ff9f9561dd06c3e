#pragma once

#include <array>
#include <string_view>

#include "bench/bench_options.h"

namespace timeservice::bench {

/// What time-bench can do.
struct CommandRow {
  std::string_view name;
  std::string_view help;
  /// Returns the exit code.
  int (*run)(const BenchOptions& options);
};

int run_compare(const BenchOptions& options);
int run_load(const BenchOptions& options);
int be_raw_limit(const BenchOptions& options);

/// THE table of commands; the first is the default.
inline constexpr auto kCommands = std::to_array<CommandRow>({
    {"compare", "time-server in its modes, held against the raw limit", &run_compare},
    {"load", "one run against a server that is running already, at --endpoint", &run_load},
    {"raw-limit", "be the raw limit: an epoll loop with a canned reply, at 127.0.0.1", &be_raw_limit},
});

}  // namespace timeservice::bench
