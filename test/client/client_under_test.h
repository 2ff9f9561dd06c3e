#pragma once

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include <thrift/TOutput.h>

#include "TimeService.h"
#include "client/client_clock.h"
#include "client/time_client.h"

namespace timeservice::client {

/// Counts the waits between retries instead of waiting; throws at the hundredth.
struct CountedWaits {
  std::vector<std::chrono::milliseconds> waits;
  RetryHooks hooks() {
    return {.sleep =
                [this](std::chrono::milliseconds time) {
                  waits.push_back(time);
                  if (waits.size() == 100) throw std::runtime_error("retries without end");
                },
            .random = [] { return 0.5; }};
  }
};

inline ClientOptions options_for(std::vector<wire::Endpoint> endpoints) {
  apache::thrift::GlobalOutput.setOutputFunction([](const char*) {});
  ClientOptions options;
  options.endpoints = std::move(endpoints);
  return options;
}

/// The line of the E that `call` throws; another exception is the test's failure.
template <typename E, typename Call>
std::string line_of(const Call& call) {
  try {
    call();
  } catch (const E& error) {
    return error.what();
  }
  return "nothing was thrown";
}

/// A time service on this machine's clock, set forward by `ahead_ns`.
class LocalClock : public TimeServiceIf {
 public:
  std::int64_t ahead_ns = 0;
  ClockState::type state = ClockState::SYNCHRONIZED;
  std::int64_t error_ns = 250;

  void get_time(std::string& text) override { text = "Tue Nov 24 21:30:56 2026"; }

  void exchange(ClockExchange& reply, const std::int64_t client_send_ns) override {
    reply.__set_client_send_ns(client_send_ns);
    reply.__set_server_receive_ns(wall_clock_ns() + ahead_ns);
    reply.__set_server_send_ns(wall_clock_ns() + ahead_ns);
    reply.__set_error_ns(error_ns);
    reply.__set_state(state);
  }

  void get_status(ServerStatus& status) override {
    ClockStatus clock;
    clock.__set_now_ns(wall_clock_ns() + ahead_ns);
    clock.__set_state(state);
    clock.__set_error_ns(error_ns);
    status.__set_version("9.8.7");
    status.__set_started_ns(1);
    status.__set_clock(clock);
  }
};

}  // namespace timeservice::client
