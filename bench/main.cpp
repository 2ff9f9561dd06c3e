#include <cstdio>
#include <cstdlib>
#include <exception>

#include <fmt/format.h>

#include "bench/bench_options.h"
#include "bench/commands.h"
#include "server/host/start_error.h"

namespace {

using namespace timeservice;

constexpr int kWrongUsage = 2;

}  // namespace

int main(int argc, char** argv) {
  try {
    const bench::BenchOptions options = bench::parse_bench_options(argc, argv);
    if (options.help) {
      fmt::print("{}", bench::bench_help());
      return EXIT_SUCCESS;
    }
    return options.command->run(options);
  } catch (const host::UsageError& error) {
    fmt::print(stderr, "time-bench: {}\n", error.what());
    return kWrongUsage;
  } catch (const std::exception& error) {
    fmt::print(stderr, "time-bench: {}\n", error.what());
    return EXIT_FAILURE;
  }
}
