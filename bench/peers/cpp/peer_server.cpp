#include "bench/peers/cpp/peer_server.h"

#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <stdexcept>

#include <boost/program_options.hpp>
#include <fmt/format.h>

#include "bench/peers/cpp/peer_main.h"

namespace timeservice::peers {
namespace {

namespace po = boost::program_options;

constexpr int kMostPort = 65535;
constexpr int kMostThreads = 10000;

int in_range(std::string_view flag, int value, int least, int most) {
  if (value >= least && value <= most) return value;
  throw std::invalid_argument(fmt::format("--{} {}: give a number from {} to {}", flag, value, least, most));
}

}  // namespace

EndSignal::EndSignal() {
  sigemptyset(&signals_);
  sigaddset(&signals_, SIGTERM);
  sigaddset(&signals_, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  // A client that has gone is an error of its socket, where a library does not see to that.
  ::signal(SIGPIPE, SIG_IGN);
}

void EndSignal::wait() {
  int signal = 0;
  sigwait(&signals_, &signal);
}

void EndSignal::raise() { ::kill(::getpid(), SIGTERM); }

int run_peer_server(std::string_view name, int argc, char** argv, const std::optional<KindFlag>& kind,
                    const std::function<void(const ServerOptions& options, EndSignal& end)>& serve) {
  return run_peer(name, [&] {
    ServerOptions options;
    po::options_description flags("flags");
    auto add = flags.add_options();
    add("help", "print this");
    add("port", po::value<int>()->default_value(0), "of 127.0.0.1; 0 finds a free one");
    add("threads", po::value<int>(), "of the pool, where the server has one");
    if (kind) {
      add(std::string(kind->name).c_str(),
          po::value(&options.kind)->default_value(std::string(kind->standard)), kind->help.c_str());
    }
    po::variables_map given;
    po::store(po::command_line_parser(argc, argv).options(flags).positional({}).run(), given);
    po::notify(given);
    if (given.contains("help")) {
      std::ostringstream help;
      help << flags;
      fmt::print("usage: {} [FLAG...]\n{}", name, help.str());
      return EXIT_SUCCESS;
    }
    options.port = static_cast<std::uint16_t>(in_range("port", given["port"].as<int>(), 0, kMostPort));
    if (given.contains("threads")) {
      options.threads =
          static_cast<std::size_t>(in_range("threads", given["threads"].as<int>(), 1, kMostThreads));
    }
    EndSignal end;
    serve(options, end);
    return EXIT_SUCCESS;
  });
}

void say_ready(int port) {
  fmt::print("ready: 127.0.0.1:{}\n", port);
  std::fflush(stdout);
}

}  // namespace timeservice::peers
