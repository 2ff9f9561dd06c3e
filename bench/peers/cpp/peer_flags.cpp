#include "bench/peers/cpp/peer_flags.h"

#include <algorithm>
#include <sstream>
#include <stdexcept>
#include <string>

#include <boost/program_options.hpp>
#include <fmt/format.h>

#include "wire/names.h"

namespace timeservice::peers {
namespace {

namespace po = boost::program_options;

po::options_description describe(const std::vector<Switch>& own) {
  po::options_description flags("flags");
  auto add = flags.add_options();
  add("help", "print this");
  add("port", po::value<int>()->required(), "of 127.0.0.1");
  add("call", po::value<std::string>()->default_value("get_time"), wire::names_of(kCalls).c_str());
  add("bytes", po::value<int>()->default_value(1024), "that echo sends");
  add("count", po::value<int>()->default_value(10000), "of prices");
  add("milliseconds", po::value<int>()->default_value(5), "that wait waits");
  add("concurrency", po::value<int>()->default_value(1), "calls at a time, each on a connection of its own");
  add("one-connection", po::bool_switch(), "all of them on one connection");
  add("seconds", po::value<double>(), "to measure; 1");
  add("calls", po::value<int>(), "to measure, in the place of --seconds");
  add("warm-up", po::value<double>()->default_value(0.3), "seconds before");
  for (const Switch& flag : own) {
    add(std::string(flag.name).c_str(), po::bool_switch(&flag.set), std::string(flag.help).c_str());
  }
  return flags;
}

/// Of a flag that is given again, the last counts, as in the Python clients.
po::parsed_options parse(int argc, char** argv, const po::options_description& flags) {
  po::parsed_options parsed = po::command_line_parser(argc, argv).options(flags).positional({}).run();
  auto& given = parsed.options;
  for (auto flag = given.begin(); flag != given.end();) {
    const auto again = std::find_if(
        flag + 1, given.end(), [&](const po::option& later) { return later.string_key == flag->string_key; });
    flag = again == given.end() ? flag + 1 : given.erase(flag);
  }
  return parsed;
}

int number(const po::variables_map& given, const char* flag, int least, int most) {
  const int value = given[flag].as<int>();
  if (value >= least && value <= most) return value;
  throw std::invalid_argument(fmt::format("--{} {}: give a number from {} to {}", flag, value, least, most));
}

std::chrono::nanoseconds seconds(const po::variables_map& given, const char* flag) {
  const double value = given[flag].as<double>();
  if (!(value >= 0 && value <= 3600)) {
    throw std::invalid_argument(fmt::format("--{} {}: give seconds from 0 to 3600", flag, value));
  }
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(value));
}

}  // namespace

std::optional<ClientOptions> parse_client_flags(std::string_view name, int argc, char** argv,
                                                const std::vector<Switch>& own) {
  constexpr int kMany = 1'000'000'000;
  const po::options_description flags = describe(own);
  po::variables_map given;
  po::store(parse(argc, argv, flags), given);
  if (given.contains("help")) {
    std::ostringstream help;
    help << flags;
    fmt::print("usage: {} --port P [FLAG...]\n{}", name, help.str());
    return {};
  }
  po::notify(given);
  if (given.contains("seconds") && given.contains("calls")) {
    throw std::invalid_argument("--seconds and --calls: give one of them");
  }

  ClientOptions options;
  options.port = number(given, "port", 1, 65535);
  options.call = wire::row_named(kCalls, given["call"].as<std::string>()).call;
  options.payload_bytes = static_cast<std::size_t>(number(given, "bytes", 1, kMany));
  options.count = number(given, "count", 0, kMany);
  options.milliseconds = number(given, "milliseconds", 0, kMany);
  options.concurrency = static_cast<std::size_t>(number(given, "concurrency", 1, 10000));
  options.one_connection = given["one-connection"].as<bool>();
  if (given.contains("seconds")) options.duration = seconds(given, "seconds");
  if (given.contains("calls")) options.calls = static_cast<std::size_t>(number(given, "calls", 1, kMany));
  options.warm_up = seconds(given, "warm-up");
  return options;
}

}  // namespace timeservice::peers
