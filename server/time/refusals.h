#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <vector>

#include "time_service_types.h"

namespace timeservice {

/// Counts the calls that were refused with an exception of the contract, by its code.
/// Any thread.
class Refusals {
 public:
  struct Count {
    const char* exception;
    /// BadRequest's code, ClockUnreliable's state, OracleUnavailable's fault.
    const char* code;
    std::uint64_t count;
  };

  /// Makes the call; an exception is counted on its way through.
  template <typename Call>
  void watch(const Call& call) {
    try {
      call();
    } catch (const BadRequest& bad) {
      count(bad_requests_, bad.code);
      throw;
    } catch (const ClockUnreliable& unreliable) {
      count(clock_unreliable_, unreliable.state);
      throw;
    } catch (const OracleUnavailable& unavailable) {
      count(oracle_unavailable_, unavailable.fault);
      throw;
    }
  }

  /// One for each code, also where the count is 0.
  std::vector<Count> counts() const;

 private:
  /// By the number of the code; there is room for some that are yet to come.
  using ByCode = std::array<std::atomic<std::uint64_t>, 16>;

  static void count(ByCode& counts, int code) {
    const auto number = static_cast<std::size_t>(code);
    counts[number < counts.size() ? number : 0].fetch_add(1, std::memory_order_relaxed);
  }

  ByCode bad_requests_ = {};
  ByCode clock_unreliable_ = {};
  ByCode oracle_unavailable_ = {};
};

}  // namespace timeservice
