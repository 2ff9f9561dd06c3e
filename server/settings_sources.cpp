#include "server/settings_sources.h"

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <system_error>

#include <boost/algorithm/string/trim.hpp>
#include <boost/program_options.hpp>
#include <fmt/format.h>

#include "server/host/start_error.h"

namespace timeservice {
namespace {

namespace po = boost::program_options;
using host::UsageError;

constexpr const char* kYes = "yes";
/// What Boost is told to call words that belong to no flag.
constexpr const char* kWord = "a word";

po::options_description described(const SettingNames& names) {
  po::options_description description;
  using Values = std::vector<std::string>;
  for (const auto& [name, is_switch] : names) {
    auto* value = po::value<Values>();
    if (is_switch) value->implicit_value(Values{kYes}, kYes);
    description.add_options()(std::string(name).c_str(), value);
  }
  return description;
}

void keep(GivenValues& values, const std::vector<po::option>& options, std::string_view before_name) {
  for (const po::option& option : options) {
    std::vector<GivenValue>& given = values[option.string_key];
    const std::string place = fmt::format("{}{}", before_name, option.string_key);
    if (option.value.empty()) given.push_back({kYes, place});  // a switch
    for (const std::string& text : option.value) given.push_back({text, place});
  }
}

std::vector<po::option> options_of_line(const std::string& line, const po::options_description& description) {
  // One line at a time, a section would end with its heading, and mean nothing.
  if (boost::trim_copy(line).starts_with('[')) throw po::error("a section");
  std::istringstream stream(line);
  return po::parse_config_file(stream, description).options;
}

}  // namespace

std::string variable_of(std::string_view name) {
  std::string variable(kVariables);
  for (const char c : name)
    variable += c == '-' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return variable;
}

std::vector<std::string> variables_of(const SettingNames& names) {
  std::vector<std::string> variables;
  for (const SettingName& setting : names) variables.push_back(variable_of(setting.name));
  return variables;
}

GivenValues given_as_flags(int argc, const char* const* argv, const SettingNames& names) {
  po::options_description description = described(names);
  description.add_options()("help,h", "")("version", "")(kWord, po::value<std::vector<std::string>>());
  po::positional_options_description words;
  words.add(kWord, -1);
  const int style = po::command_line_style::default_style & ~po::command_line_style::allow_guessing;
  GivenValues values;
  try {
    keep(
        values,
        po::command_line_parser(argc, argv).options(description).positional(words).style(style).run().options,
        "--");
  } catch (const po::error& error) {
    throw UsageError(fmt::format("{}; see --help", error.what()));
  }
  if (const auto found = values.find(kWord); found != values.end()) {
    throw UsageError(
        fmt::format("'{}' belongs to no flag: write --flag VALUE; see --help", found->second.front().text));
  }
  return values;
}

GivenValues given_as_variables(const SettingNames& names) {
  GivenValues values;
  for (const auto& [name, is_switch] : names) {
    const std::string variable = variable_of(name);
    // Compose files pass on as empty what is not set.
    const char* value = std::getenv(variable.c_str());  // NOLINT(concurrency-mt-unsafe)
    if (value != nullptr && *value != '\0') values[std::string(name)] = {{value, variable}};
  }
  return values;
}

GivenValues given_in_file(const std::string& path, const std::string& asked_by, const SettingNames& names) {
  const po::options_description description = described(names);
  GivenValues values;
  errno = 0;
  std::ifstream stream(path);
  std::string line;
  for (int number = 1; std::getline(stream, line); ++number) {
    try {
      keep(values, options_of_line(line, description), fmt::format("{}:{}: ", path, number));
    } catch (const po::error&) {
      throw UsageError(fmt::format(
          "{}:{}: '{}' is no setting: write lines such as 'mode = threaded', with the names of --help", path,
          number, boost::trim_copy(line)));
    }
    errno = 0;
  }
  // A folder can be opened, and then not be read.
  if (!stream.eof()) {
    throw UsageError(fmt::format("{} {}: the file cannot be read: {}", asked_by, path,
                                 std::generic_category().message(errno)));
  }
  return values;
}

}  // namespace timeservice
