#include "server/host/require_threads.h"

#include <latch>
#include <system_error>
#include <thread>
#include <vector>

#include <fmt/format.h>

namespace timeservice::host {

StartError too_few_threads(std::size_t wanted, std::size_t had) {
  return StartError(
      fmt::format("cannot start {} threads, only {}: name fewer --threads, or raise ulimit -u and -v or "
                  "the container's limit",
                  wanted, had));
}

void require_threads(std::size_t count) {
  std::latch tried(1);
  std::vector<std::jthread> trial;
  try {
    trial.reserve(count);
    while (trial.size() < count) trial.emplace_back([&] { tried.wait(); });
    tried.count_down();
  } catch (const std::exception&) {
    tried.count_down();
    throw too_few_threads(count, trial.size());
  }
}

}  // namespace timeservice::host
