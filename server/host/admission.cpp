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
    : max_in_flight_(options.max_in_flight),
      queue_timeout_(options.queue_timeout),
      queue_timeout_text_(shed_text(Shed::kQueueTimeout, options)),
      in_flight_text_(shed_text(Shed::kInFlight, options)),
      counters_(counters) {}

bool Admission::take() {
  if (max_in_flight_ == 0 || taken_.fetch_add(1, std::memory_order_relaxed) < max_in_flight_) return true;
  taken_.fetch_sub(1, std::memory_order_relaxed);
  return false;
}

std::optional<Admission::Place> Admission::enter() {
  if (max_in_flight_ == 0) return Place();
  if (take()) return Place(this, false);
  count_in_flight();
  return std::nullopt;
}

std::optional<Admission::Place> Admission::queue() {
  if (!take()) return std::nullopt;
  waiting_.fetch_add(1, std::memory_order_relaxed);
  return Place(this, true);
}

void Admission::Place::begin() {
  if (std::exchange(waits_, false)) admission_->waiting_.fetch_sub(1, std::memory_order_relaxed);
}

void Admission::Place::leave() {
  if (admission_ == nullptr) return;
  begin();
  if (admission_->max_in_flight_ != 0) admission_->taken_.fetch_sub(1, std::memory_order_relaxed);
  admission_ = nullptr;
}

bool Admission::waited_too_long(std::chrono::nanoseconds waited) {
  if (queue_timeout_ == std::chrono::nanoseconds::zero() || waited <= queue_timeout_) return false;
  counters_.calls_shed_queue_timeout.fetch_add(1, std::memory_order_relaxed);
  return true;
}

}  // namespace timeservice::host
