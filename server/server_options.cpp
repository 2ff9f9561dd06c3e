#include "server/server_options.h"

#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "server/host/modes.h"
#include "server/host/start_error.h"
#include "server/quantities.h"
#include "server/settings_sources.h"
#include "server/settings_without_effect.h"
#include "server/time/clock/bound_duration.h"
#include "server/time/clock/bound_sources.h"
#include "wire/names.h"
#include "wire/unknown_variables.h"

namespace timeservice {
namespace {

using host::UsageError;

/// A setting: its flag, and the same word in the environment and in the file.
struct Setting {
  std::string_view name;
  /// "" for a switch.
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

/// Of a message or of replies: from one byte to the largest message that there is.
std::uint32_t bytes_of_messages(const std::string& value) {
  const std::uint64_t bytes = parse_bytes(value);
  if (bytes == 0 || bytes > wire::kMaxMessageBytes) {
    throw std::invalid_argument(
        fmt::format("'{}' is not between 1 and {}", value, bytes_text(wire::kMaxMessageBytes)));
  }
  return static_cast<std::uint32_t>(bytes);
}

wire::Endpoint listen_endpoint(const std::string& value) {
  try {
    return wire::parse_listen_endpoint(value);
  } catch (const std::invalid_argument& error) {
    // Clients read endpoints too, and cannot ask at every address.
    throw std::invalid_argument(fmt::format("{}; *:port or :port is every address", error.what()));
  }
}

bool yes_or_no(const std::string& value) {
  if (value == "yes") return true;
  if (value == "no") return false;
  throw std::invalid_argument(fmt::format("'{}' is neither yes nor no", value));
}

std::string clock_duration_text(std::chrono::nanoseconds duration) {
  return duration_text(std::chrono::duration_cast<std::chrono::milliseconds>(duration));
}

std::string bound_sources_help() {
  std::string help;
  for (const clock::BoundSourceRow& row : clock::kBoundSources)
    help += fmt::format("\n  {:24} {}", fmt::format("{}{}", row.name, row.argument), row.help);
  return help;
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
           "host:port, [v6-address]:port, *:port (every address) or unix:/path, or systemd:NAME for what a socket "
           "unit hands over, behind tls: for TLS, repeatable; port 0 finds a free one; default {}",
           wire::to_string(defaults.host.listen)),
       true, [](ServerOptions& o, const std::string& v) { o.host.listen.push_back(listen_endpoint(v)); }},
      {"protocol", "NAME",
       fmt::format("which protocol clients may speak; default auto:{}", help_of(wire::kProtocols)), false,
       [](ServerOptions& o, const std::string& v) { o.host.protocol = wire::parse_protocol(v); }},
      {"transport", "NAME",
       fmt::format("which transport clients may speak; default auto:{}", help_of(wire::kTransports)), false,
       [](ServerOptions& o, const std::string& v) { o.host.transport = wire::parse_transport(v); }},
      {"tls-cert", "FILE",
       "for endpoints such as tls:*:9443: the certificate, and those up to the root, in PEM", false,
       [](ServerOptions& o, const std::string& v) { o.host.tls.certificate = v; }},
      {"tls-key", "FILE", "the certificate's key, in PEM", false,
       [](ServerOptions& o, const std::string& v) { o.host.tls.key = v; }},
      {"tls-client-ca", "FILE",
       "those who connect there must have a certificate that one of these has signed; default: they need not",
       false, [](ServerOptions& o, const std::string& v) { o.host.tls.client_ca = v; }},
      {"tls-handshake-timeout", "TIME",
       fmt::format("a TLS handshake must be complete within it, 0: no limit; default {}",
                   duration_text(defaults.host.tls.handshake_timeout)),
       false,
       [](ServerOptions& o, const std::string& v) { o.host.tls.handshake_timeout = parse_duration(v); }},
      {"threads", "N",
       "threads that run calls; threadpool: 16; nonblocking: 0, which runs them in the event loops; reactor: 0, "
       "and 16 while calls are slow",
       false, [](ServerOptions& o, const std::string& v) { o.host.threads = parse_count(v); }},
      {"io-threads", "N", "event loops; nonblocking: 1, reactor: one for each core", false,
       [](ServerOptions& o, const std::string& v) { o.host.io_threads = parse_count(v); }},
      {"max-message-size", "BYTES",
       fmt::format("largest message that is taken; default {}",
                   bytes_text(defaults.host.limits.message_bytes)),
       false,
       [](ServerOptions& o, const std::string& v) {
         o.host.limits.message_bytes = o.host.limits.string_bytes = bytes_of_messages(v);
       }},
      {"max-unsent-replies", "BYTES",
       fmt::format(
           "replies that a client has not taken: beyond it none of its calls runs; one may be larger; "
           "default {}",
           bytes_text(defaults.host.max_unsent_bytes)),
       false, [](ServerOptions& o, const std::string& v) { o.host.max_unsent_bytes = bytes_of_messages(v); }},
      {"max-connections", "N",
       fmt::format("open connections; one more is closed at once; default {}", defaults.host.max_connections),
       false, [](ServerOptions& o, const std::string& v) { o.host.max_connections = parse_count(v); }},
      {"max-in-flight", "N",
       "connections whose calls run or wait for a thread; a call of one more is answered with an exception and "
       "not run; default 0: "
       "no limit",
       false, [](ServerOptions& o, const std::string& v) { o.host.max_in_flight = parse_count(v); }},
      {"queue-timeout", "TIME",
       "a call that waited longer before it could run is answered with an exception and not run; default 0: "
       "never",
       false, [](ServerOptions& o, const std::string& v) { o.host.queue_timeout = parse_duration(v); }},
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
      {"drain-delay", "TIME",
       fmt::format(
           "how long to go on serving after SIGTERM or SIGINT, with /readyz at 503, before new connections "
           "are refused; default {}",
           duration_text(defaults.drain_delay)),
       false, [](ServerOptions& o, const std::string& v) { o.drain_delay = parse_duration(v); }},
      {"drain-timeout", "TIME",
       fmt::format("how long calls in flight may take to finish after SIGTERM or SIGINT; default {}",
                   duration_text(defaults.drain_timeout)),
       false, [](ServerOptions& o, const std::string& v) { o.drain_timeout = parse_duration(v); }},
      // Before clock-error, whose bound it is held against.
      {"max-error", "ERROR",
       fmt::format("a bound that has grown to this is none; default {}",
                   clock::bound_text(defaults.clock.max_error)),
       false, [](ServerOptions& o, const std::string& v) { o.clock.max_error = clock::parse_bound(v); }},
      {"clock-error", "SOURCE",
       fmt::format("what bounds the error of the clock; default {}:{}", defaults.clock.source,
                   bound_sources_help()),
       false,
       [](ServerOptions& o, const std::string& v) {
         o.clock.source = v;
         clock::check_bound_source(o.clock);
       }},
      {"upstream-error", "ERROR",
       "for kernel: how far the servers that set the clock may be off, as 100ms; needed beside "
       "systemd-timesyncd",
       false,
       [](ServerOptions& o, const std::string& v) { o.clock.upstream_error = clock::parse_bound(v); }},
      {"holdover-after", "TIME",
       fmt::format("a source that was silent for so long leaves the clock to itself; default {}",
                   clock_duration_text(defaults.clock.holdover_after)),
       false, [](ServerOptions& o, const std::string& v) { o.clock.holdover_after = parse_duration(v); }},
      {"zoneinfo", "FOLDER", fmt::format("the time zones; default {}", defaults.zoneinfo), false,
       [](ServerOptions& o, const std::string& v) { o.zoneinfo = v; }},
      {"oracle-state", "FILE",
       "hand out timestamps, above all that this file says were handed out before; default: none are", false,
       [](ServerOptions& o, const std::string& v) { o.oracle_state = v; }},
      {"oracle-init", "", "make a new --oracle-state file first; it must not exist yet", false,
       [](ServerOptions& o, const std::string& v) { o.oracle_init = yes_or_no(v); }},
      {"oracle-window", "TIME",
       fmt::format("how far ahead of the clock that file is written; default {}",
                   clock_duration_text(defaults.oracle.window)),
       false,
       [](ServerOptions& o, const std::string& v) {
         o.oracle.window = parse_duration(v);
         oracle::check(o.oracle);
       }},
      {"oracle-timeout", "TIME",
       fmt::format("how long a call for timestamps waits for the disk; default {}",
                   duration_text(defaults.oracle.timeout)),
       false,
       [](ServerOptions& o, const std::string& v) {
         o.oracle.timeout = parse_duration(v);
         oracle::check(o.oracle);
       }},
      {"max-jump", "TIME",
       fmt::format(
           "timestamps do not follow a clock that jumps ahead further, until it is synchronized; default {}",
           clock_duration_text(defaults.oracle.max_jump)),
       false,
       [](ServerOptions& o, const std::string& v) {
         o.oracle.max_jump = parse_duration(v);
         oracle::check(o.oracle);
       }},
      {"admin", "ENDPOINT",
       "where /healthz, /readyz, /metrics and /status are told over HTTP, as localhost:9191; default: nowhere",
       false, [](ServerOptions& o, const std::string& v) { o.admin = listen_endpoint(v); }},
      {"log-level", "NAME", fmt::format("{}; default info", wire::names_of(host::kLogLevels)), false,
       [](ServerOptions& o, const std::string& v) { o.log_level = &wire::row_named(host::kLogLevels, v); }},
      {"log-format", "NAME", fmt::format("{}; default text", wire::names_of(host::kLogFormats)), false,
       [](ServerOptions& o, const std::string& v) { o.log_format = &wire::row_named(host::kLogFormats, v); }},
  };
  return table;
}

SettingNames names() {
  SettingNames names;
  for (const Setting& setting : settings()) names.push_back({setting.name, setting.argument.empty()});
  return names;
}

std::vector<GivenValue> split(const std::vector<GivenValue>& values) {
  std::vector<GivenValue> parts;
  for (const auto& [text, place] : values) {
    std::size_t from = 0;
    for (std::size_t comma = 0; comma != std::string::npos; from = comma + 1) {
      comma = text.find(',', from);
      parts.push_back({text.substr(from, comma == std::string::npos ? comma : comma - from), place});
    }
  }
  return parts;
}

void check_given_once(const std::vector<GivenValue>& values) {
  if (values.size() == 1) return;
  throw UsageError(fmt::format("{} is given {} times: give it once", values.back().place, values.size()));
}

void apply(ServerOptions& options, const Setting& setting, std::vector<GivenValue> values) {
  if (setting.repeatable) {
    values = split(values);
    options.host.listen.clear();
  } else {
    check_given_once(values);
  }
  for (const auto& [text, place] : values) {
    try {
      setting.apply(options, text);
    } catch (const std::invalid_argument& error) {
      throw UsageError(fmt::format("{} {}", place, error.what()));
    }
  }
}

}  // namespace

ServerOptions parse_server_options(int argc, const char* const* argv) {
  ServerOptions options;
  const SettingNames in_file = names();
  SettingNames all = in_file;
  all.push_back({"config"});
  std::vector<GivenValues> sources = {given_as_flags(argc, argv, all), given_as_variables(all)};
  options.help = sources[0].contains("help");
  options.version = sources[0].contains("version");
  if (options.help || options.version) return options;
  for (const GivenValues& source : sources) {
    if (const auto found = source.find("config"); found != source.end()) {
      check_given_once(found->second);
      const auto& [path, place] = found->second.front();
      sources.push_back(given_in_file(path, place, in_file));
      break;
    }
  }
  GivenPlaces given;
  for (const Setting& setting : settings()) {
    for (const GivenValues& source : sources) {
      if (const auto found = source.find(setting.name); found != source.end()) {
        apply(options, setting, found->second);
        given[setting.name] = found->second.front().place;
        break;
      }
    }
  }
  host::mode_for(options.host);
  if (options.oracle_init && options.oracle_state.empty())
    throw UsageError("--oracle-init makes the file of --oracle-state, which is not given: name a file");
  options.warnings = wire::unknown_variables(kVariables, variables_of(all));
  for (std::string& warning : settings_without_effect(given, options))
    options.warnings.push_back(std::move(warning));
  return options;
}

std::string server_help() {
  std::string help = "time-server: one trustworthy clock for a fleet, over Thrift\n\n";
  for (const Setting& setting : settings()) {
    std::string text = setting.help;
    for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; ++at)
      text.insert(at + 1, 34, ' ');
    const std::string_view space = setting.argument.empty() ? "" : " ";
    help += fmt::format("  {:32}{}\n", fmt::format("--{}{}{}", setting.name, space, setting.argument), text);
  }
  help += "  --config FILE                   read settings from FILE: lines such as 'mode = threaded'\n";
  help += "  --version, --help\n";
  help += "  TIME                            a whole number and its unit: 250ms, 10s, 5m, 1h; or 0\n";
  help += "  ERROR                           a whole number and its unit: 500ns, 50us, 20ms, 1s\n";
  help +=
      "  BYTES                           a whole number, alone or with its unit: 65536, 64KiB, 1MiB, "
      "1GiB\n\n";
  help += "Each flag is also a variable: --max-message-size is TIME_SERVER_MAX_MESSAGE_SIZE. A flag goes\n";
  help +=
      "before a variable, a variable before the file. TIME_SERVER_LISTEN separates endpoints with "
      "commas.\n\n";
  help +=
      "Exit codes: 0 drained after a signal, 1 could not start, 2 wrong settings, 3 calls were still "
      "running\n";
  help += "at --drain-timeout or the oracle's disk hung, 128 + N stopped at once by a second signal N.\n";
  return help;
}

}  // namespace timeservice
