#include "bench/peers/cpp/peer_loop.h"

#include <algorithm>
#include <cstdio>
#include <string>
#include <typeinfo>

#include <boost/core/demangle.hpp>
#include <fmt/format.h>

namespace timeservice::peers {

void Tally::answered(Clock::time_point begun, Clock::time_point replied) {
  latencies.push_back(replied - begun);
  last_reply = replied;
}

void Tally::add(const Tally& other) {
  latencies.insert(latencies.end(), other.latencies.begin(), other.latencies.end());
  last_reply = std::max(last_reply, other.last_reply);
  errors += other.errors;
  wrong += other.wrong;
}

void Tally::fail(const std::exception& error) {
  ++errors;
  std::string type = boost::core::demangle(typeid(error).name());
  if (const auto scope = type.rfind("::"); scope != std::string::npos) type.erase(0, scope + 2);
  const std::string text = fmt::format("{}: {}", type, error.what());
  fmt::print(stderr, "error: {}\n", text.substr(0, text.find('\n')));
}

void one_at_a_time(Connection& connection, const Workload& workload, const Limit& limit, Tally& tally) {
  for (std::size_t calls = 0;; ++calls) {
    const auto begun = Clock::now();
    if (limit.reached(calls, begun)) return;
    try {
      const Reply reply = connection.call();
      tally.answered(begun, Clock::now());
      if (!workload.right(reply)) ++tally.wrong;
    } catch (const std::exception& error) {
      return tally.fail(error);
    }
  }
}

void in_a_window(Window& window, std::size_t size, const Workload& workload, const Limit& limit,
                 Tally& tally) {
  std::vector<Clock::time_point> begun(size);
  std::size_t calls = 0;
  std::size_t under_way = 0;
  const auto start = [&](std::size_t slot) {
    begun[slot] = Clock::now();
    if (limit.reached(calls, begun[slot])) return;
    window.start(slot);
    ++calls;
    ++under_way;
  };
  try {
    for (std::size_t slot = 0; slot < size; ++slot) start(slot);
    while (under_way > 0) {
      const auto [slot, reply] = window.receive();
      --under_way;
      const auto replied = Clock::now();
      if (replied <= limit.end()) tally.answered(begun[slot], replied);
      if (!workload.right(reply)) ++tally.wrong;
      start(slot);
    }
  } catch (const std::exception& error) {
    tally.fail(error);
  }
}

}  // namespace timeservice::peers
