#include "bench/bench_options.h"

#include <filesystem>
#include <map>

#include <boost/program_options.hpp>
#include <fmt/format.h>

#include "bench/bench_flags.h"
#include "bench/commands.h"
#include "bench/scenarios.h"
#include "server/host/start_error.h"
#include "wire/names.h"

namespace timeservice::bench {
namespace {

namespace po = boost::program_options;
using host::UsageError;

/// The values of a flag, by its name, and of "command" and "help".
using Values = std::map<std::string, std::vector<std::string>, std::less<>>;

Values read_command_line(int argc, const char* const* argv) {
  po::options_description description;
  description.add_options()("help,h", "")("command", po::value<std::vector<std::string>>());
  for (const FlagRow& flag : flags()) {
    const std::string name(flag.name);
    if (flag.value.empty()) {
      description.add_options()(name.c_str(), "");
    } else {
      description.add_options()(name.c_str(), po::value<std::vector<std::string>>());
    }
  }
  po::positional_options_description words;
  words.add("command", -1);
  const int style = po::command_line_style::default_style & ~po::command_line_style::allow_guessing;
  Values values;
  try {
    for (const auto& option : po::command_line_parser(argc, argv)
                                  .options(description)
                                  .positional(words)
                                  .style(style)
                                  .run()
                                  .options) {
      auto& of_flag = values[option.string_key];
      of_flag.push_back(option.value.empty() ? std::string() : option.value.front());
    }
  } catch (const po::error& error) {
    throw UsageError(fmt::format("{}; see time-bench --help", error.what()));
  }
  return values;
}

const CommandRow& command_of(const Values& values) {
  const auto found = values.find("command");
  if (found == values.end()) return kCommands.front();
  if (found->second.size() > 1) {
    throw UsageError(fmt::format("'{}' is one word too many: name one command", found->second[1]));
  }
  try {
    return wire::row_named(kCommands, found->second.front());
  } catch (const std::invalid_argument& error) {
    throw UsageError(fmt::format("command {}", error.what()));
  }
}

void apply(BenchOptions& options, const FlagRow& flag, const std::vector<std::string>& values) {
  if (!flag.is_for(options.command->name)) {
    throw UsageError(fmt::format("--{} does nothing with {}; it is for {}", flag.name, options.command->name,
                                 flag.commands));
  }
  if (values.size() > 1 && !flag.repeatable) {
    throw UsageError(fmt::format("--{} is given {} times: give it once", flag.name, values.size()));
  }
  for (const std::string& value : values) {
    try {
      flag.set(options, value);
    } catch (const std::invalid_argument& error) {
      throw UsageError(fmt::format("--{} {}", flag.name, error.what()));
    }
  }
}

/// What depends on other settings, or on where this program is.
void complete(BenchOptions& options) {
  if (options.dialect.protocol == wire::Protocol::kAuto ||
      options.dialect.transport == wire::Transport::kAuto) {
    throw UsageError("auto is for servers: name the --protocol and --transport that are spoken");
  }
  if (options.scenarios.empty()) {
    for (const ScenarioRow& row : kScenarios) options.scenarios.push_back(&row);
  }
  if (options.modes.empty()) {
    for (const host::ModeRow& row : host::kModes) options.modes.push_back(&row);
  }
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe");
  options.programs.time_bench = self;
  if (options.programs.time_server.empty()) {
    options.programs.time_server = self.parent_path() / "time-server";
  }
}

}  // namespace

BenchOptions parse_bench_options(int argc, const char* const* argv) {
  const Values values = read_command_line(argc, argv);
  BenchOptions options;
  options.help = values.contains("help");
  if (options.help) return options;
  options.command = &command_of(values);
  for (const FlagRow& flag : flags()) {
    if (const auto found = values.find(flag.name); found != values.end()) apply(options, flag, found->second);
  }
  complete(options);
  return options;
}

std::string bench_help() {
  std::string help = "time-bench: how fast time-server is, and how fast a server could be\n\n";
  for (const CommandRow& command : kCommands) help += fmt::format("  {:28}{}\n", command.name, command.help);
  help +=
      fmt::format("\nWithout a command: {}. Its flags, and those of the others:\n\n", kCommands.front().name);
  for (const FlagRow& flag : flags()) {
    std::string text = flag.help;
    for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; ++at)
      text.insert(at + 1, 30, ' ');
    help += fmt::format("  {:28}{}\n", fmt::format("--{} {}", flag.name, flag.value),
                        fmt::format("{}: {}", flag.commands, text));
  }
  help += "  --help\n\nExit codes: 0 all figures are good, 1 some are void, 2 wrong settings.\n";
  return help;
}

}  // namespace timeservice::bench
