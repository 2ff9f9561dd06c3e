#include "bench/bench_flags.h"

#include <charconv>
#include <chrono>
#include <limits>
#include <stdexcept>

#include <fmt/format.h>

#include "bench/scenarios.h"
#include "wire/names.h"

namespace timeservice::bench {
namespace {

/// A number in that range, with a fraction only where T has one.
template <typename T>
T parse_number(const std::string& text, T least, T most) {
  T number{};
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stopped != end || !(number >= least && number <= most)) {
    throw std::invalid_argument(fmt::format("'{}' is no number from {} to {}", text, least, most));
  }
  return number;
}

std::size_t parse_count(const std::string& text, std::size_t most) {
  return parse_number<std::size_t>(text, 1, most);
}

std::chrono::nanoseconds parse_seconds(const std::string& text, double least) {
  const std::chrono::duration<double> seconds(parse_number(text, least, 3600.0));
  return std::chrono::duration_cast<std::chrono::nanoseconds>(seconds);
}

void add_modes(BenchOptions& options, const std::string& names) {
  for (std::size_t from = 0; from <= names.size();) {
    const std::size_t comma = std::min(names.find(',', from), names.size());
    options.modes.push_back(&wire::row_named(host::kModes, names.substr(from, comma - from)));
    from = comma + 1;
  }
}

/// Coarse figures, all of them within a minute.
void be_quick(BenchOptions& options, const std::string&) {
  options.rounds = 2;
  options.idle_connections = 1000;
  options.load.window = std::chrono::milliseconds(150);
  options.load.warm_up = std::chrono::milliseconds(50);
}

std::string scenario_help() {
  std::string help = "repeatable; default all:";
  for (const ScenarioRow& row : kScenarios) help += fmt::format("\n  {:10} {}", row.name, row.help);
  return help;
}

}  // namespace

const std::vector<FlagRow>& flags() {
  static const std::vector<FlagRow> table = {
      {"quick", "", "2 short rounds and 1000 idle connections, where other flags do not say", "compare",
       false, be_quick},
      {"scenario", "NAME", scenario_help(), "compare", true,
       [](BenchOptions& o, const std::string& v) { o.scenarios.push_back(&wire::row_named(kScenarios, v)); }},
      {"modes", "NAME,...", "default all", "compare", false, add_modes},
      {"rounds", "N", "how often each is measured; default 5", "compare", false,
       [](BenchOptions& o, const std::string& v) { o.rounds = parse_count(v, 1000); }},
      {"idle-connections", "N", "default 10000", "compare", false,
       [](BenchOptions& o, const std::string& v) { o.idle_connections = parse_count(v, 1'000'000); }},
      {"pin", "", "servers to core 0, the load to core 1", "compare", false,
       [](BenchOptions& o, const std::string&) { o.pin = true; }},
      {"server", "PATH", "the time-server to measure; default the one beside this program", "compare", false,
       [](BenchOptions& o, const std::string& v) { o.programs.time_server = v; }},
      {"chart", "FILE", "also write a chart there (SVG)", "compare", false,
       [](BenchOptions& o, const std::string& v) { o.chart = v; }},
      {"seconds", "S", "how long each run counts; default 1", "compare, load", false,
       [](BenchOptions& o, const std::string& v) { o.load.window = parse_seconds(v, 0.01); }},
      {"warm-up", "S", "how long each run goes on before that; default 0.3", "compare, load", false,
       [](BenchOptions& o, const std::string& v) { o.load.warm_up = parse_seconds(v, 0); }},
      {"patience", "S", "without any reply for so long, a server is given up; default 10", "compare, load",
       false,
       [](BenchOptions& o, const std::string& v) {
         o.load.patience = std::chrono::ceil<std::chrono::milliseconds>(parse_seconds(v, 0.001));
       }},
      {"json", "FILE", "also write all figures there", "compare, load", false,
       [](BenchOptions& o, const std::string& v) { o.json = v; }},
      {"endpoint", "ENDPOINT", "host:port, [v6-address]:port or unix:/path; default localhost:9090", "load",
       false, [](BenchOptions& o, const std::string& v) { o.endpoint = wire::parse_endpoint(v); }},
      {"connections", "N", "default 16", "load", false,
       [](BenchOptions& o, const std::string& v) { o.load.connections = parse_count(v, 1'000'000); }},
      {"depth", "N", "calls outstanding on each connection; default 1", "load", false,
       [](BenchOptions& o, const std::string& v) { o.load.depth = parse_count(v, 100'000); }},
      {"rate", "N", "calls per second over all connections, whatever the server does, instead of --depth",
       "load", false, [](BenchOptions& o, const std::string& v) { o.load.rate = parse_number(v, 1.0, 1e8); }},
      {"protocol", "NAME", "binary | compact | json; default binary", "load, raw-limit", false,
       [](BenchOptions& o, const std::string& v) { o.dialect.protocol = wire::parse_protocol(v); }},
      {"transport", "NAME", "buffered | framed; default buffered", "load, raw-limit", false,
       [](BenchOptions& o, const std::string& v) { o.dialect.transport = wire::parse_transport(v); }},
      {"port", "N", "where to listen; default 0, any", "raw-limit", false,
       [](BenchOptions& o, const std::string& v) { o.port = parse_number<std::uint16_t>(v, 0, 65535); }},
  };
  return table;
}

}  // namespace timeservice::bench
