#include "client/cli_zone_commands.h"

#include <unistd.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "client/cli_lines.h"
#include "client/cli_numbers.h"
#include "client/cli_options.h"

namespace timeservice::client {
namespace {

using Items = std::vector<std::string>;

ExitCode refuse(std::string_view kind, std::size_t number, std::string_view why) {
  print_error(fmt::format("{} {}: {}", kind, number, why));
  return kFailed;
}

/// A word or line that is no count of nanoseconds.
struct BadInstant {
  std::size_t index;
  std::string text;
};

/// Calls `convert` with each batch of items, which prints what it makes of them.
ExitCode for_items(const CliOptions& options, const std::function<void(const Items&)>& convert) {
  const std::string_view kind = options.words.empty() ? "line" : "item";
  LineReader input(STDIN_FILENO);
  std::size_t done = 0;
  try {
    Items items = options.words.empty() ? input.next(TimeClient::kBatch) : options.words;
    while (!items.empty()) {
      convert(items);
      done += items.size();
      items = options.words.empty() ? input.next(TimeClient::kBatch) : Items();
    }
  } catch (const BadRequestError& error) {
    if (error.index() < 0) throw;
    return refuse(kind, done + static_cast<std::size_t>(error.index()) + 1, error.message());
  } catch (const BadInstant& bad) {
    if (!options.words.empty()) throw UsageError(fmt::format("'{}' is no count of nanoseconds", bad.text));
    return refuse(kind, done + bad.index + 1, fmt::format("'{}' is no count of nanoseconds", bad.text));
  }
  return kDone;
}

std::vector<std::int64_t> instants_of(const Items& items) {
  std::vector<std::int64_t> instants_ns;
  for (const std::string& item : items) {
    const auto ns = parse_instant(item);
    if (!ns) throw BadInstant{instants_ns.size(), item};
    instants_ns.push_back(*ns);
  }
  return instants_ns;
}

/// A T of the command line: nanoseconds, or a text that the server reads.
std::int64_t resolve(TimeClient& client, const std::string& text) {
  if (const auto ns = parse_instant(text)) return *ns;
  return client.from_local({text}).front().instant_ns;
}

}  // namespace

ExitCode run_to_local(TimeClient& client, const CliOptions& options) {
  return for_items(options, [&](const Items& items) {
    const std::vector<std::int64_t> instants_ns = instants_of(items);
    const auto local_times = client.to_local(instants_ns, options.zone, options.format);
    std::string lines;
    for (std::size_t i = 0; i < local_times.size(); ++i) {
      lines += options.output->local(instants_ns[i], local_times[i]) + '\n';
    }
    print_all(lines);
  });
}

ExitCode run_from_local(TimeClient& client, const CliOptions& options) {
  return for_items(options, [&](const Items& items) {
    const auto resolved = client.from_local(items, options.zone, options.format, options.policy);
    std::string lines;
    for (std::size_t i = 0; i < resolved.size(); ++i) {
      lines += options.output->resolved(items[i], resolved[i]) + '\n';
    }
    print_all(lines);
  });
}

ExitCode run_periods(TimeClient& client, const CliOptions& options) {
  const std::int64_t from_ns = resolve(client, *options.from);
  const std::int64_t until_ns = resolve(client, *options.until);
  std::string lines;
  for (const ZonePeriod& period : client.zone_periods(options.zone, from_ns, until_ns)) {
    lines += options.output->period(period) + '\n';
  }
  print_all(lines);
  return kDone;
}

ExitCode run_zones(TimeClient& client, const CliOptions& options) {
  print_line(options.output->zones(client.list_zones()));
  return kDone;
}

}  // namespace timeservice::client
