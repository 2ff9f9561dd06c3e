#include "client/cli_commands.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <limits>
#include <thread>

#include <fmt/format.h>

#include "client/cli_bench.h"
#include "client/cli_check.h"
#include "client/cli_numbers.h"
#include "client/cli_options.h"
#include "client/cli_zone_commands.h"
#include "client/client_clock.h"

namespace timeservice::client {
namespace {

ExitCode run_get_time(TimeClient& client, const CliOptions& options) {
  print_line(options.output->time(client.get_time()));
  return kDone;
}

ExitCode run_now(TimeClient& client, const CliOptions& options) {
  print_line(options.output->now(client.now(options.max_error.count())));
  return kDone;
}

ExitCode run_timestamps(TimeClient& client, const CliOptions& options) {
  constexpr int kMost = 1'000'000;  // of one call: MAX_TIMESTAMPS
  int left = 1;
  try {
    if (!options.words.empty()) left = parse_count(options.words.front(), 1, 1'000'000'000);
  } catch (const std::invalid_argument& error) {
    throw UsageError(fmt::format("timestamps {}", error.what()));
  }
  for (; left > 0; left -= std::min(left, kMost)) {
    print_line(options.output->timestamps(client.get_timestamps(std::min(left, kMost))));
  }
  return kDone;
}

ExitCode run_exchange(TimeClient& client, const CliOptions& options) {
  print_line(options.output->comparison(client.exchange(options.samples)));
  return kDone;
}

ExitCode run_status(TimeClient& client, const CliOptions& options) {
  print_line(options.output->status(client.get_status()));
  return kDone;
}

/// SIGINT and SIGTERM end the program at once, also while a call waits. Each line
/// is flushed as it is written, so there is nothing left to finish.
void end_on_signal() {
  for (const int signal : {SIGINT, SIGTERM}) {
    std::signal(signal, [](int) { _exit(kDone); });
  }
}

ExitCode watch_once(TimeClient& client, const CliOptions& options) {
  try {
    const ClockComparison comparison = client.exchange(options.samples);
    print_line(options.output->watch(wall_clock_ns(), comparison));
    return kDone;
  } catch (const ClientError& error) {
    print_error(error.what());
    return exit_code(error);
  }
}

ExitCode run_watch(TimeClient& client, const CliOptions& options) {
  using Clock = std::chrono::steady_clock;
  end_on_signal();
  ExitCode code = watch_once(client, options);
  auto due = Clock::now();
  for (int left = options.count - 1; left != 0; left = std::max(left - 1, -1)) {
    // After a call that took longer than an interval, none is made up for.
    due = std::max(due + options.interval, Clock::now());
    std::this_thread::sleep_until(due);
    const ExitCode latest = watch_once(client, options);
    if (code != kDone) code = latest;
  }
  return code;
}

}  // namespace

constexpr std::size_t kAnyWords = std::numeric_limits<std::size_t>::max();

constinit const std::array<CommandRow, 12> kCommands = {{
    {"get_time", "the server's local time, as text", run_get_time},
    {"now", "true time as an interval, the round trip included", run_now},
    {"exchange", "how far the server's clock is from this machine's", run_exchange},
    {"check", "whether this machine's clock is right, for monitoring: exit 0, 1, 2 or 3", run_check},
    {"timestamps", "N unique, increasing timestamps (1)", run_timestamps, 1},
    {"to-local",
     "instants, NS... or a line each from standard input up to the first bad one, as a zone's wall clock "
     "shows them",
     run_to_local, kAnyWords},
    {"from-local",
     "local times, TEXT... or a line each from standard input up to the first bad one, as instants",
     run_from_local, kAnyWords},
    {"periods", "a zone's UTC offsets from --from until --until", run_periods},
    {"zones", "the names of zones that the server knows", run_zones},
    {"status", "the server's version, clock and oracle", run_status},
    {"watch", "exchange again and again, a line each; 0 if one succeeded", run_watch},
    {"bench",
     "get_time as often as can be, many calls in flight at once, whatever fails (a call that did rests 25 to "
     "50 ms): rate, latency, errors and "
     "what an overloaded server shed; 1 if a call failed or none was answered, 0 if some were shed",
     run_bench},
}};

}  // namespace timeservice::client
