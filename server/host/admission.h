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
  Admission(const Admission&) = delete;
  Admission& operator=(const Admission&) = delete;

  /// A place among the calls that run or wait for a thread; left when it dies.
  class Place {
   public:
    Place() = default;
    Place(Place&& other) noexcept
        : admission_(std::exchange(other.admission_, nullptr)), waits_(std::exchange(other.waits_, false)) {}
    Place& operator=(Place&& other) noexcept {
      std::swap(admission_, other.admission_);
      std::swap(waits_, other.waits_);
      return *this;
    }
    ~Place() { leave(); }

    explicit operator bool() const { return admission_ != nullptr; }
    /// Its call runs now: it waits no longer.
    void begin();
    void leave();

   private:
    friend class Admission;
    Place(Admission* admission, bool waits) : admission_(admission), waits_(waits) {}

    Admission* admission_ = nullptr;
    bool waits_ = false;
  };

  /// For a call that runs at once. Nothing: max_in_flight are taken; counted.
  std::optional<Place> enter();
  /// For one that is to wait for a thread; begin() ends that. The same, but that nothing
  /// is counted: whoever is refused tells the calls, which are several perhaps.
  std::optional<Place> queue();

  /// Whether a call that has waited so long is not to be run; counted.
  bool waited_too_long(std::chrono::nanoseconds waited);
  void count_in_flight() { counters_.calls_shed_in_flight.fetch_add(1, std::memory_order_relaxed); }

  /// How many places are of calls that wait for a thread.
  std::size_t waiting() const { return waiting_.load(std::memory_order_relaxed); }
  /// What a call is told.
  const std::string& text(Shed why) const {
    return why == Shed::kQueueTimeout ? queue_timeout_text_ : in_flight_text_;
  }

 private:
  bool take();

  const std::size_t max_in_flight_;
  const std::chrono::nanoseconds queue_timeout_;
  const std::string queue_timeout_text_;
  const std::string in_flight_text_;
  Counters& counters_;
  std::atomic<std::size_t> taken_ = 0;
  std::atomic<std::size_t> waiting_ = 0;
};

}  // namespace timeservice::host
