#include "client/cli_options.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <string_view>
#include <vector>

#include <boost/program_options.hpp>
#include <fmt/format.h>

#include "client/cli_flags.h"
#include "client/cli_numbers.h"
#include "client/client_tls.h"
#include "wire/names.h"
#include "wire/unknown_variables.h"

namespace timeservice::client {
namespace {

namespace po = boost::program_options;

std::vector<std::string> split_at_commas(std::string_view text) {
  std::vector<std::string> parts;
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t comma = std::min(text.find(',', start), text.size());
    parts.emplace_back(text.substr(start, comma - start));
    start = comma + 1;
  }
  return parts;
}

std::string flag_names() {
  std::string names;
  for (const FlagRow& flag : kFlags) names += fmt::format("{}--{}", names.empty() ? "" : ", ", flag.name);
  return names;
}

/// The values of a flag, by its name, and of "command".
using Values = std::map<std::string, std::vector<std::string>, std::less<>>;

/// Of "--tls" its name, and of "--tls=no" too; "" of what is no switch.
std::string_view switch_in(std::string_view argument) {
  for (const FlagRow& flag : kFlags) {
    if (flag.is_switch() && argument.substr(0, argument.find('=')) == fmt::format("--{}", flag.name))
      return flag.name;
  }
  return {};
}

/// What Boost would take for something else: "-1" is no flag but a word, and the word behind a
/// switch is not its value.
std::vector<po::option> take_before_boost(std::vector<std::string>& arguments) {
  const std::string argument = arguments.front();
  po::option taken;
  taken.original_tokens = {argument};
  if (const std::string_view name = switch_in(argument); !name.empty()) {
    const std::size_t equals = argument.find('=');
    taken.string_key = name;
    taken.value = {equals == std::string::npos ? "yes" : argument.substr(equals + 1)};
  } else if (parse_instant(argument) && argument.starts_with('-')) {
    taken.value = {argument};
  } else {
    return {};
  }
  arguments.erase(arguments.begin());
  return {taken};
}

Values read_command_line(int argc, const char* const argv[]) {
  po::options_description flags;
  flags.add_options()("help", "")("version", "")("command", po::value<std::vector<std::string>>());
  for (const FlagRow& flag : kFlags) {
    flags.add_options()(std::string(flag.name).c_str(), po::value<std::vector<std::string>>());
  }
  po::positional_options_description positional;
  positional.add("command", -1);
  const int style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
  Values values;
  try {
    const auto parsed = po::command_line_parser(argc, argv)
                            .options(flags)
                            .positional(positional)
                            .style(style)
                            .extra_style_parser(take_before_boost)
                            .run();
    for (const auto& option : parsed.options) {
      auto& of_flag = values[option.string_key];
      of_flag.insert(of_flag.end(), option.value.begin(), option.value.end());
    }
  } catch (const po::unknown_option& error) {
    throw UsageError(fmt::format("'{}' is no flag; the flags are {}, --help and --version",
                                 error.get_option_name(), flag_names()));
  } catch (const po::error& error) {
    throw UsageError(fmt::format("{}; see time-client --help", error.what()));
  }
  return values;
}

/// The command, and what stands behind it.
void take_command(CliOptions& options, const Values& values) {
  const auto found = values.find("command");
  if (found == values.end()) {
    throw UsageError(fmt::format("no command; name one of {}", wire::names_of(kCommands)));
  }
  const std::vector<std::string>& words = found->second;
  try {
    options.command = &wire::row_named(kCommands, words.front());
  } catch (const std::invalid_argument& error) {
    throw UsageError(fmt::format("command {}", error.what()));
  }
  options.words.assign(words.begin() + 1, words.end());
  if (options.words.size() > options.command->most_words) {
    throw UsageError(fmt::format("'{}' after the command '{}': it takes {}",
                                 options.words[options.command->most_words], words.front(),
                                 options.command->most_words == 0 ? "nothing" : "one number"));
  }
}

void check_together(const CliOptions& options) {
  if (options.command->name == "periods" && !(options.from && options.until)) {
    throw UsageError("periods: needs --from and --until");
  }
  if (options.warning && *options.warning > options.critical)
    throw UsageError("--warning must not be above --critical");
  try {
    check_tls(options.client);
    make_client_tls(options.client);  // that its files can be used
  } catch (const std::invalid_argument& error) {
    throw UsageError(error.what());
  }
}

void set(CliOptions& options, const FlagRow& flag, std::string_view source, const std::string& value) {
  try {
    flag.set(options, value);
  } catch (const std::invalid_argument& error) {
    throw UsageError(fmt::format("{} {}", source, error.what()));
  }
}

/// Read before any thread is started.
const char* text_in_environment(const FlagRow& flag) {
  return std::getenv(environment_name(flag).c_str());  // NOLINT(concurrency-mt-unsafe)
}

std::vector<std::string> known_variables() {
  std::vector<std::string> known = {"TIME_CLIENT_THRIFT"};  // the Python client's
  for (const FlagRow& flag : kFlags) known.push_back(environment_name(flag));
  return known;
}

void apply(CliOptions& options, const FlagRow& flag, const Values& values) {
  const std::string name = fmt::format("--{}", flag.name);
  if (const auto found = values.find(flag.name); found != values.end()) {
    if (!flag.is_for(options.command->name)) {
      throw UsageError(
          fmt::format("{} does nothing with {}; it is for {}", name, options.command->name, flag.commands));
    }
    if (found->second.size() > 1 && !flag.repeatable) {
      throw UsageError(fmt::format("{} is given twice; give it once", name));
    }
    for (const std::string& value : found->second) set(options, flag, name, value);
  } else if (const char* text = text_in_environment(flag); text != nullptr && *text != '\0') {
    if (!flag.is_for(options.command->name)) return;
    const auto given = flag.repeatable ? split_at_commas(text) : std::vector<std::string>{text};
    for (const std::string& value : given) set(options, flag, environment_name(flag), value);
  }
}

template <typename Table>
std::string help_of_rows(const Table& table) {
  std::string text;
  for (const auto& row : table) text += fmt::format("  {:<24} {}\n", row.name, row.help);
  return text;
}

}  // namespace

CliOptions parse_options(int argc, const char* const argv[]) {
  const Values values = read_command_line(argc, argv);
  CliOptions options;
  options.help = values.contains("help");
  options.version = values.contains("version");
  if (options.help || options.version) return options;
  take_command(options, values);
  options.client.endpoints.clear();
  for (const FlagRow& flag : kFlags) apply(options, flag, values);
  if (options.client.endpoints.empty()) options.client.endpoints = ClientOptions{}.endpoints;
  check_together(options);
  options.warnings = wire::unknown_variables("TIME_CLIENT_", known_variables());
  return options;
}

bool asks_for_check(int argc, const char* const argv[]) {
  return std::any_of(argv + std::min(argc, 1), argv + argc,
                     [](const char* word) { return std::string_view(word) == "check"; });
}

std::string help_text() {
  std::string flags;
  for (const FlagRow& flag : kFlags) {
    const std::string_view blank = flag.is_switch() ? "" : " ";
    flags +=
        fmt::format("  {:<24} {}{}{}\n", fmt::format("--{}{}{}", flag.name, blank, flag.value),
                    flag.commands.empty() ? "" : flag.commands, flag.commands.empty() ? "" : ": ", flag.help);
  }
  return fmt::format(
      "time-client: asks a time-server.\n\n"
      "Usage: time-client [FLAG...] COMMAND [WORD...] [FLAG...]\n\n"
      "Commands:\n{}\n"
      "Flags (default):\n{}"
      "  {:<24} print this and end\n"
      "  {:<24} print the version and end\n\n"
      "A flag that is not given is taken from the environment: --timeout from\n"
      "TIME_CLIENT_TIMEOUT. TIME_CLIENT_ENDPOINT may hold several, with commas between.\n"
      "With auto, protocols and transports are tried until the server answers to one.\n\n"
      "Output formats:\n{}\n"
      "Exit codes:\n"
      "  {:<24} done\n"
      "  {:<24} the call failed\n"
      "  {:<24} the command line makes no sense\n"
      "  {:<24} no endpoint could be connected to\n"
      "  {:<24} the server did not reply in time\n",
      help_of_rows(kCommands), flags, "--help", "--version", help_of_rows(kOutputs), int{kDone}, int{kFailed},
      int{kUsage}, int{kCannotConnect}, int{kTimedOut});
}

}  // namespace timeservice::client
