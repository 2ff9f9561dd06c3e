#include "bench/bench_options.h"

#include <chrono>

#include "bench/commands.h"
#include "bench/scenarios.h"
#include "server/host/start_error.h"
#include "test/support/catch.h"

namespace timeservice::bench {
namespace {

using namespace std::chrono_literals;

BenchOptions parsed(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "time-bench");
  return parse_bench_options(static_cast<int>(arguments.size()), arguments.data());
}

std::string error_of(const std::vector<const char*>& arguments) {
  try {
    parsed(arguments);
  } catch (const host::UsageError& error) {
    return error.what();
  }
  return "no error";
}

TEST_CASE("without flags, every mode is compared in every scenario", "[bench]") {
  const BenchOptions options = parsed({});
  CHECK(options.command->name == "compare");
  CHECK(options.modes.size() == host::kModes.size());
  CHECK(options.scenarios.size() == kScenarios.size());
  CHECK(options.programs.time_server.ends_with("/time-server"));
}

TEST_CASE("scenarios and modes can be chosen", "[bench]") {
  const BenchOptions options =
      parsed({"--scenario", "open", "--scenario", "16x1", "--modes", "simple,threaded"});
  REQUIRE(options.scenarios.size() == 2);
  CHECK(options.scenarios[0]->name == "open");
  CHECK(options.scenarios[1]->name == "16x1");
  REQUIRE(options.modes.size() == 2);
  CHECK(options.modes[1]->name == "threaded");
}

TEST_CASE("--quick yields to what other flags say, wherever they stand", "[bench]") {
  const BenchOptions before = parsed({"--rounds", "7", "--seconds", "0.5", "--quick"});
  const BenchOptions after = parsed({"--quick", "--rounds", "7", "--seconds", "0.5"});
  for (const BenchOptions* options : {&before, &after}) {
    CHECK(options->rounds == 7);
    CHECK(options->load.window == 500ms);
    CHECK(options->load.warm_up < 300ms);
    CHECK(options->idle_connections < 10'000);
  }
}

TEST_CASE("a load is told by its flags", "[bench]") {
  const BenchOptions options =
      parsed({"load", "--endpoint", "unix:/tmp/s", "--connections", "3", "--rate", "2000", "--protocol",
              "json", "--transport", "framed", "--patience", "0.25", "--warm-up", "0"});
  CHECK(options.command->name == "load");
  CHECK(options.endpoint.path == "/tmp/s");
  CHECK(options.load.connections == 3);
  CHECK(options.load.rate == 2000);
  CHECK(options.load.patience == 250ms);
  CHECK(options.load.warm_up == 0ms);
  CHECK(options.dialect == wire::Dialect{wire::Protocol::kJson, wire::Transport::kFramed});
}

TEST_CASE("what cannot be meant is one line that names the flag and what would be right", "[bench]") {
  struct Case {
    std::vector<const char*> arguments;
    const char* error;
  };
  const Case cases[] = {
      {{"--rounds", "0"}, "--rounds '0' is no number from 1 to 1000"},
      {{"--rounds", "2x"}, "--rounds '2x' is no number from 1 to 1000"},
      {{"--seconds", "nan"}, "--seconds 'nan' is no number from 0.01 to 3600"},
      {{"--rounds", "1", "--rounds", "2"}, "--rounds is given 2 times: give it once"},
      {{"--scenario", "32x1"},
       "--scenario '32x1' is none of 16x1 | 16x32 | dialects | idle | timestamps | metrics | open"},
      {{"--modes", ""}, nullptr},
      {{"--modes", "simple,"}, nullptr},
      {{"--connections", "5"}, "--connections does nothing with compare; it is for load"},
      {{"load", "--chart", "x.svg"}, "--chart does nothing with load; it is for compare"},
      {{"lode"}, "command 'lode' is none of compare | load | raw-limit"},
      {{"load", "load"}, "'load' is one word too many: name one command"},
      {{"load", "--protocol", "auto"},
       "auto is for servers: name the --protocol and --transport that are spoken"},
      {{"raw-limit", "--port", "65536"}, "--port '65536' is no number from 0 to 65535"},
      {{"--frobnicate"}, "unrecognised option '--frobnicate'; see time-bench --help"},
  };
  for (const Case& row : cases) {
    const std::string error = error_of(row.arguments);
    CAPTURE(error);
    if (row.error != nullptr) {
      CHECK(error == row.error);
    } else {
      CHECK(error.find("is none of simple | threaded") != std::string::npos);
    }
  }
}

TEST_CASE("help names every command, scenario and mode flag", "[bench]") {
  const std::string help = bench_help();
  for (const auto& command : kCommands) CHECK(help.find(command.name) != std::string::npos);
  for (const auto& scenario : kScenarios) CHECK(help.find(scenario.help) != std::string::npos);
  CHECK(parsed({"--help"}).help);
}

}  // namespace
}  // namespace timeservice::bench
