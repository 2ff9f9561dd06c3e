#include "server/server_options.h"

#include <array>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>
#include <stdexcept>
#include <string_view>
#include <vector>

#include <boost/program_options.hpp>
#include <fmt/format.h>

#include "server/host/modes.h"
#include "server/host/start_error.h"
#include "server/quantities.h"
#include "wire/names.h"

namespace timeservice {
namespace {

namespace po = boost::program_options;
using host::UsageError;

/// A setting: its flag, and the same word in the environment and in the file.
struct Setting {
  std::string_view name;
  std::string_view argument;
  std::string help;
  bool repeatable;
  void (*apply)(ServerOptions& options, const std::string& value);
};

std::string help_of(const auto& table) {
  std::string help;
  for (const auto& row : table) help += fmt::format("\n  {:12} {}", row.name, row.help);
  return help;
}

std::uint32_t message_bytes(const std::string& value) {
  const std::uint64_t bytes = parse_bytes(value);
  if (bytes == 0 || bytes > wire::kMaxMessageBytes) {
    throw std::invalid_argument(
        fmt::format("'{}' is not between 1 and {}", value, bytes_text(wire::kMaxMessageBytes)));
  }
  return static_cast<std::uint32_t>(bytes);
}

/// THE table of settings, in the order of --help.
const std::vector<Setting>& settings() {
  static const ServerOptions defaults;
  static const std::vector<Setting> table = {
      {"mode", "NAME",
       fmt::format("how connections are served; default {}:{}", defaults.host.mode, help_of(host::kModes)),
       false,
       [](ServerOptions& o, const std::string& v) { o.host.mode = wire::row_named(host::kModes, v).name; }},
      {"listen", "ENDPOINT",
       fmt::format(
           "host:port, [v6-address]:port, *:port (every address) or unix:/path, repeatable; port 0 finds a "
           "free one; default {}",
           wire::to_string(defaults.host.listen)),
       true,
       [](ServerOptions& o, const std::string& v) { o.host.listen.push_back(wire::parse_endpoint(v)); }},
      {"protocol", "NAME",
       fmt::format("which protocol clients may speak; default auto:{}", help_of(wire::kProtocols)), false,
       [](ServerOptions& o, const std::string& v) { o.host.protocol = wire::parse_protocol(v); }},
      {"transport", "NAME",
       fmt::format("which transport clients may speak; default auto:{}", help_of(wire::kTransports)), false,
       [](ServerOptions& o, const std::string& v) { o.host.transport = wire::parse_transport(v); }},
      {"threads", "N",
       "threads that run calls; threadpool: 16, nonblocking: 0, which runs them in the event loops", false,
       [](ServerOptions& o, const std::string& v) { o.host.threads = parse_count(v); }},
      {"io-threads", "N", "event loops; nonblocking: 1", false,
       [](ServerOptions& o, const std::string& v) { o.host.io_threads = parse_count(v); }},
      {"max-message-size", "BYTES",
       fmt::format("largest message that is taken; default {}",
                   bytes_text(defaults.host.limits.message_bytes)),
       false,
       [](ServerOptions& o, const std::string& v) {
         o.host.limits.message_bytes = o.host.limits.string_bytes = message_bytes(v);
       }},
      {"max-connections", "N",
       fmt::format("open connections; one more is closed at once; default {}", defaults.host.max_connections),
       false, [](ServerOptions& o, const std::string& v) { o.host.max_connections = parse_count(v); }},
      {"idle-timeout", "TIME",
       fmt::format("a connection without a call for so long is closed, 0: never; default {}",
                   duration_text(defaults.host.idle_timeout)),
       false, [](ServerOptions& o, const std::string& v) { o.host.idle_timeout = parse_duration(v); }},
      {"message-timeout", "TIME",
       fmt::format("a message must be complete so long after its first byte, 0: no limit; default {}",
                   duration_text(defaults.host.message_timeout)),
       false, [](ServerOptions& o, const std::string& v) { o.host.message_timeout = parse_duration(v); }},
      {"write-timeout", "TIME",
       fmt::format("a client that takes nothing of its reply for so long is closed, 0: never; default {}",
                   duration_text(defaults.host.write_timeout)),
       false, [](ServerOptions& o, const std::string& v) { o.host.write_timeout = parse_duration(v); }},
      {"drain-timeout", "TIME",
       fmt::format("how long calls in flight may take to finish after SIGTERM or SIGINT; default {}",
                   duration_text(defaults.drain_timeout)),
       false, [](ServerOptions& o, const std::string& v) { o.drain_timeout = parse_duration(v); }},
      {"log-level", "NAME", fmt::format("{}; default info", wire::names_of(host::kLogLevels)), false,
       [](ServerOptions& o, const std::string& v) { o.log_level = &wire::row_named(host::kLogLevels, v); }},
      {"log-format", "NAME", fmt::format("{}; default text", wire::names_of(host::kLogFormats)), false,
       [](ServerOptions& o, const std::string& v) { o.log_format = &wire::row_named(host::kLogFormats, v); }},
  };
  return table;
}

/// Where values stand, and how an error names the place.
struct Source {
  std::function<std::string(std::string_view name)> place;
  std::map<std::string, std::vector<std::string>, std::less<>> values;
};

std::string variable_of(std::string_view name) {
  std::string variable = "TIME_SERVER_";
  for (const char c : name)
    variable += c == '-' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return variable;
}

po::options_description described() {
  po::options_description description;
  for (const Setting& setting : settings()) {
    description.add_options()(std::string(setting.name).c_str(), po::value<std::vector<std::string>>());
  }
  return description;
}

void keep(Source& source, const std::vector<po::option>& options) {
  for (const po::option& option : options) {
    auto& values = source.values[option.string_key];
    values.insert(values.end(), option.value.begin(), option.value.end());
  }
}

Source flags(int argc, const char* const* argv) {
  Source source{[](std::string_view name) { return fmt::format("--{}", name); }, {}};
  po::options_description description = described();
  description.add_options()("config", po::value<std::vector<std::string>>())("help,h", "")("version", "");
  const po::positional_options_description no_words;
  try {
    const int style = po::command_line_style::default_style & ~po::command_line_style::allow_guessing;
    keep(source, po::command_line_parser(argc, argv)
                     .options(description)
                     .positional(no_words)
                     .style(style)
                     .run()
                     .options);
  } catch (const po::too_many_positional_options_error&) {
    throw UsageError("a word without a flag: write --flag VALUE; see --help");
  } catch (const po::error& error) {
    throw UsageError(fmt::format("{}; see --help", error.what()));
  }
  return source;
}

Source environment() {
  Source source{[](std::string_view name) { return variable_of(name); }, {}};
  const auto look = [&](std::string_view name) {
    // Read before any thread is started. Empty is as good as absent: compose files pass it on so.
    const char* value = std::getenv(variable_of(name).c_str());  // NOLINT(concurrency-mt-unsafe)
    if (value != nullptr && *value != '\0') source.values[std::string(name)] = {value};
  };
  for (const Setting& setting : settings()) look(setting.name);
  look("config");
  return source;
}

Source file(const std::string& path, const std::string& asked_by) {
  Source source{[path](std::string_view name) { return fmt::format("{}: {}", path, name); }, {}};
  std::ifstream stream(path);
  stream.peek();  // a folder opens, and cannot be read
  if (stream.fail() && !stream.eof())
    throw UsageError(fmt::format("{} {}: the file cannot be read", asked_by, path));
  stream.clear();
  try {
    keep(source, po::parse_config_file(stream, described()).options);
  } catch (const po::error& error) {
    throw UsageError(fmt::format("{}: {}; write lines such as 'mode = threaded', with the names of --help",
                                 path, error.what()));
  }
  return source;
}

std::vector<std::string> split(const std::vector<std::string>& values) {
  std::vector<std::string> parts;
  for (const std::string& value : values) {
    std::size_t from = 0;
    for (std::size_t comma = 0; comma != std::string::npos; from = comma + 1) {
      comma = value.find(',', from);
      parts.push_back(value.substr(from, comma == std::string::npos ? comma : comma - from));
    }
  }
  return parts;
}

void check_given_once(const Source& source, std::string_view name, const std::vector<std::string>& values) {
  if (values.size() == 1) return;
  throw UsageError(fmt::format("{} is given {} times: give it once", source.place(name), values.size()));
}

void apply(ServerOptions& options, const Setting& setting, const Source& source,
           std::vector<std::string> values) {
  if (setting.repeatable) {
    values = split(values);
    options.host.listen.clear();
  } else if (values.size() != 1) {
    throw UsageError(
        fmt::format("{} is given {} times: give it once", source.place(setting.name), values.size()));
  }
  for (const std::string& value : values) {
    try {
      setting.apply(options, value);
    } catch (const std::invalid_argument& error) {
      throw UsageError(fmt::format("{} {}", source.place(setting.name), error.what()));
    }
  }
}

}  // namespace

ServerOptions parse_server_options(int argc, const char* const* argv) {
  ServerOptions options;
  std::vector<Source> sources = {flags(argc, argv), environment()};
  options.help = sources[0].values.contains("help");
  options.version = sources[0].values.contains("version");
  if (options.help || options.version) return options;
  for (const Source& source : {sources[0], sources[1]}) {
    if (const auto found = source.values.find("config"); found != source.values.end()) {
      check_given_once(source, "config", found->second);
      sources.push_back(file(found->second.front(), source.place("config")));
      break;
    }
  }
  for (const Setting& setting : settings()) {
    for (const Source& source : sources) {
      if (const auto found = source.values.find(setting.name); found != source.values.end()) {
        apply(options, setting, source, found->second);
        break;
      }
    }
  }
  host::mode_for(options.host);
  return options;
}

std::string server_help() {
  std::string help = "time-server: one trustworthy clock for a fleet, over Thrift\n\n";
  for (const Setting& setting : settings()) {
    std::string text = setting.help;
    for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; ++at)
      text.insert(at + 1, 30, ' ');
    help += fmt::format("  {:28}{}\n", fmt::format("--{} {}", setting.name, setting.argument), text);
  }
  help += "  --config FILE               read settings from FILE: lines such as 'mode = threaded'\n";
  help += "  --version, --help\n\n";
  help += "Each flag is also a variable: --max-message-size is TIME_SERVER_MAX_MESSAGE_SIZE. A flag goes\n";
  help +=
      "before a variable, a variable before the file. TIME_SERVER_LISTEN separates endpoints with "
      "commas.\n\n";
  help +=
      "Exit codes: 0 drained after a signal, 1 could not start, 2 wrong settings, 3 calls were still "
      "running\n";
  help += "at --drain-timeout, 128 + N stopped at once by a second signal N.\n";
  return help;
}

}  // namespace timeservice
