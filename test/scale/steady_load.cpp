#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "client/time_client.h"
#include "wire/endpoint.h"

// steady_load ENDPOINT THREADS
//
// Calls with our C++ client from many threads, each with a client of its own, until standard
// input ends. Each line of standard output tells how many calls were answered and how many failed;
// the last one also how they failed.

namespace {

using namespace std::chrono_literals;

/// So that not the machine's processor is measured.
constexpr auto kPause = 1ms;

class Tally {
 public:
  void answered() { ++calls_; }
  void failed(const std::exception& error) {
    ++failed_;
    const std::lock_guard lock(mutex_);
    errors_.emplace_back(error.what());
  }
  std::string line(bool with_errors) const {
    nlohmann::json told = {{"calls", calls_.load()}, {"failed", failed_.load()}};
    if (with_errors) told["errors"] = errors_;
    return told.dump() + "\n";
  }

 private:
  std::atomic<std::uint64_t> calls_ = 0;
  std::atomic<std::uint64_t> failed_ = 0;
  std::mutex mutex_;
  std::vector<std::string> errors_;
};

void call_on(timeservice::client::TimeClient& client, Tally& tally, const std::atomic<bool>& ended) {
  for (std::size_t i = 0; !ended; ++i) {
    try {
      if (i % 2 == 0) {
        client.get_time();
      } else {
        client.exchange(1);
      }
      tally.answered();
    } catch (const timeservice::client::ClientError& error) {
      tally.failed(error);
    }
    std::this_thread::sleep_for(kPause);
  }
}

bool standard_input_ended() {
  pollfd input{STDIN_FILENO, POLLIN, 0};
  return ::poll(&input, 1, 20) > 0;
}

void tell(const Tally& tally, bool with_errors) {
  std::fputs(tally.line(with_errors).c_str(), stdout);
  std::fflush(stdout);
}

int run(const std::string& endpoint, int threads) {
  timeservice::client::ClientOptions options;
  options.endpoints = {timeservice::wire::parse_endpoint(endpoint)};
  options.transport = timeservice::wire::Transport::kFramed;  // which every mode carries
  Tally tally;
  std::atomic<bool> ended = false;
  std::vector<std::thread> running;
  for (int i = 0; i < threads; ++i) {
    running.emplace_back([&] {
      timeservice::client::TimeClient client(options);
      call_on(client, tally, ended);
    });
  }
  while (!standard_input_ended()) tell(tally, false);
  ended = true;
  for (std::thread& thread : running) thread.join();
  tell(tally, true);
  return EXIT_SUCCESS;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    fmt::print(stderr, "usage: steady_load ENDPOINT THREADS\n");
    return 2;
  }
  try {
    return run(argv[1], std::atoi(argv[2]));
  } catch (const std::exception& error) {
    fmt::print(stderr, "steady_load: {}\n", error.what());
    return EXIT_FAILURE;
  }
}
