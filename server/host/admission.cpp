#include "server/host/admission.h"

#include <fmt/format.h>

namespace timeservice::host {

std::string shed_text(Shed why, const HostOptions& options) {
  if (why == Shed::kQueueTimeout) {
    return fmt::format(
        "overloaded: the call waited longer than {} ms and was not run: try again later, or raise the "
        "server's "
        "--queue-timeout",
        options.queue_timeout.count());
  }
  return fmt::format(
      "overloaded: {} calls run or wait already, and this one was not run: try again later, or raise the "
      "server's --max-in-flight",
      options.max_in_flight);
}

Admission::Admission(const HostOptions& options, Counters& counters)
    : max_in_flight_(options.max_in_flight), queue_timeout_(options.queue_timeout), counters_(counters) {}

std::optional<Admission::Place> Admission::enter() {
  if (max_in_flight_ == 0) return Place();
  if (taken_.fetch_add(1, std::memory_order_relaxed) < max_in_flight_) return Place(&taken_);
  taken_.fetch_sub(1, std::memory_order_relaxed);
  counters_.calls_shed_in_flight.fetch_add(1, std::memory_order_relaxed);
  return std::nullopt;
}

bool Admission::waited_too_long(std::chrono::nanoseconds waited) {
  if (queue_timeout_ == std::chrono::nanoseconds::zero() || waited <= queue_timeout_) return false;
  counters_.calls_shed_queue_timeout.fetch_add(1, std::memory_order_relaxed);
  return true;
}

}  // namespace timeservice::host
