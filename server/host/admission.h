#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "server/host/counters.h"
#include "server/host/host_options.h"

namespace timeservice::host {

/// Why a call is not run: the server has too much to do.
enum class Shed {
  kQueueTimeout,  ///< it waited longer than queue_timeout
  kInFlight,      ///< max_in_flight calls run or wait already
};

/// What a shed call is answered with: one line that begins with "overloaded: ", by which
/// clients know that it was not run and may be made again.
std::string shed_text(Shed why, const HostOptions& options);

/// Decides which calls are run when there is more to do than can be done. Any thread.
/// Costs nothing where no limit is set.
class Admission {
 public:
  Admission(const HostOptions& options, Counters& counters);

  /// A place among the calls that run or wait for a thread; left when it dies.
  class Place {
   public:
    Place() = default;
    explicit Place(std::atomic<std::size_t>* taken) : taken_(taken) {}
    Place(Place&& other) noexcept : taken_(std::exchange(other.taken_, nullptr)) {}
    Place& operator=(Place&& other) noexcept {
      std::swap(taken_, other.taken_);
      return *this;
    }
    ~Place() {
      if (taken_ != nullptr) taken_->fetch_sub(1, std::memory_order_relaxed);
    }

   private:
    std::atomic<std::size_t>* taken_ = nullptr;
  };

  /// Nothing: max_in_flight are taken; counted.
  std::optional<Place> enter();
  /// Whether a call that arrived then has waited too long by now; counted.
  bool waited_too_long(std::chrono::nanoseconds waited);

 private:
  const std::size_t max_in_flight_;
  const std::chrono::nanoseconds queue_timeout_;
  Counters& counters_;
  std::atomic<std::size_t> taken_ = 0;
};

}  // namespace timeservice::host
