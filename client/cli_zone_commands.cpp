#include "client/cli_zone_commands.h"

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "client/cli_lines.h"
#include "client/cli_numbers.h"
#include "client/cli_options.h"

namespace timeservice::client {
namespace {

using Items = std::vector<std::string>;

/// A word or line that cannot be converted.
struct BadItem {
  std::size_t index;
  std::string why;
};

/// Prints what it makes of the items. Throws BadItem for the first bad one, and then has
/// printed nothing.
using Convert = std::function<void(const Items&)>;

/// As `convert`, with the server's answer to a bad item as BadItem.
void convert_all(const Items& items, const Convert& convert) {
  try {
    convert(items);
  } catch (const BadRequestError& error) {
    if (error.index() < 0) throw;
    throw BadItem{static_cast<std::size_t>(error.index()), error.message()};
  }
}

/// Converts what comes before the first bad item, too, which is given back: how many lines
/// came at once depends on the time, and what is printed must not.
std::optional<BadItem> convert_good(Items items, const Convert& convert) {
  std::optional<BadItem> found;
  while (!found || !items.empty()) {
    try {
      convert_all(items, convert);
      break;
    } catch (const BadItem& bad) {
      found = bad;
      items.resize(bad.index);
    }
  }
  return found;
}

ExitCode refuse(std::string_view kind, std::size_t number, std::string_view why) {
  print_error(fmt::format("{} {}: {}", kind, number, why));
  return kFailed;
}

/// All words or none.
ExitCode for_words(const Items& words, const Convert& convert) {
  try {
    convert_all(words, convert);
    return kDone;
  } catch (const BadItem& bad) {
    return refuse("item", bad.index + 1, bad.why);
  }
}

ExitCode for_lines(const Convert& convert) {
  LineReader input(STDIN_FILENO);
  std::size_t done = 0;
  for (Items lines = input.next(TimeClient::kBatch); !lines.empty(); lines = input.next(TimeClient::kBatch)) {
    if (const auto bad = convert_good(lines, convert)) return refuse("line", done + bad->index + 1, bad->why);
    done += lines.size();
  }
  return kDone;
}

ExitCode for_items(const CliOptions& options, const Convert& convert) {
  return options.words.empty() ? for_lines(convert) : for_words(options.words, convert);
}

std::vector<std::int64_t> instants_of(const Items& items, const CliOptions& options) {
  std::vector<std::int64_t> instants_ns;
  for (const std::string& item : items) {
    const auto ns = parse_instant(item);
    if (!ns) {
      std::string why = fmt::format("'{}' is no count of nanoseconds", item);
      if (!options.words.empty()) throw UsageError(why);
      throw BadItem{instants_ns.size(), std::move(why)};
    }
    instants_ns.push_back(*ns);
  }
  return instants_ns;
}

bool is_date(std::string_view text) {
  constexpr std::string_view kShape = "0000-00-00";
  return std::equal(text.begin(), text.end(), kShape.begin(), kShape.end(), [](char letter, char shape) {
    return shape == '0' ? letter >= '0' && letter <= '9' : letter == shape;
  });
}

/// A T of the command line: nanoseconds, or a text that the server reads. `flag` is the
/// one that it stands at.
std::int64_t resolve(TimeClient& client, std::string_view flag, const std::string& text) {
  if (const auto ns = parse_instant(text)) return *ns;
  try {
    return client.from_local({is_date(text) ? text + "T00:00:00" : text}).front().instant_ns;
  } catch (const BadRequestError& error) {
    throw BadRequestError(
        fmt::format("{} '{}': {}; write nanoseconds since 1970, or ISO 8601 in UTC, such as "
                    "2026-01-01 or 2026-01-01T12:00",
                    flag, text, error.message()),
        error.message(), error.code(), -1);
  }
}

}  // namespace

ExitCode run_to_local(TimeClient& client, const CliOptions& options) {
  return for_items(options, [&](const Items& items) {
    const std::vector<std::int64_t> instants_ns = instants_of(items, options);
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
  const std::int64_t from_ns = resolve(client, "--from", *options.from);
  const std::int64_t until_ns = resolve(client, "--until", *options.until);
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
