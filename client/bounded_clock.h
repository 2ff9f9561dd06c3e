#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "client/client_options.h"
#include "client/declared_error.h"
#include "client/drift.h"
#include "client/published_bound.h"
#include "client/server_ensemble.h"
#include "client/service_caller.h"
#include "client/true_time.h"

namespace timeservice::client {

/// Plain data.
struct BoundedClockOptions {
  /// Each element is a server that is right or wrong by itself; endpoints within one
  /// stand in for each other. Of their timeouts, those above `timeout` are `timeout`, and
  /// retry is not used.
  std::vector<ClientOptions> servers = {ClientOptions{}};
  /// How many of them may be wrong, fewer than there are. Without: a minority, so that
  /// one of three is outvoted; of two, which then must agree, none. A majority of all
  /// must have a bound.
  std::optional<std::size_t> wrong = {};
  /// Of this machine's clock.
  DriftBound drift = {};
  /// From one round of exchanges with a server to the next. It costs half the width
  /// 500 us more each second, by the drift.
  std::chrono::milliseconds interval = std::chrono::seconds(2);
  /// Exchanges in each round.
  int samples = 4;
  /// No interval is given that is wider than plus and minus this: as when no server was
  /// heard for long.
  std::chrono::nanoseconds max_error = std::chrono::seconds(1);
  /// For connecting, sending and receiving, each.
  std::chrono::milliseconds timeout = std::chrono::seconds(1);
};

/// True time without a call: an interval that is kept by exchanges in the background, and
/// moved on by this machine's CLOCK_BOOTTIME, which nobody sets. The wall clock has no
/// part in it.
///
/// It is right as long as no more servers are wrong than it is told, and this machine's
/// clock keeps to the drift. Where servers contradict each other beyond that there is no
/// interval, nor when one of them then falls silent, until each of them has been heard
/// again and they agree: nothing is guessed.
///
/// The state is HOLDOVER where that of a server that agrees is, or where one of them has not
/// been heard for three intervals.
///
/// Any thread may call at any time. It runs a thread for each server.
class BoundedClock {
 public:
  /// Does not wait for a server: until the first have answered now() throws; see
  /// wait_until_known(). Throws std::invalid_argument for options that make no
  /// sense, std::system_error where there is no thread to be had.
  explicit BoundedClock(BoundedClockOptions options);
  BoundedClock(const BoundedClock&) = delete;
  BoundedClock& operator=(const BoundedClock&) = delete;
  /// Waits for exchanges under way, which take `timeout` a few times at most.
  ~BoundedClock();

  /// Nothing where no interval can be given. Takes tens of nanoseconds.
  std::optional<TrueTime> try_now() const noexcept;

  /// Throws ClockUnreliableError that says which servers are missing or contradict.
  TrueTime now() const;

  /// Waits until `instant_ns` is surely past, at most `timeout`: the wait before a commit
  /// is made visible. False where it is not past by then. Throws as now() does where
  /// there is no interval at the end of the timeout.
  bool wait_until_past(std::int64_t instant_ns, std::chrono::milliseconds timeout) const;

  /// Waits until there is an interval, at most `timeout`; whether there is.
  bool wait_until_known(std::chrono::milliseconds timeout) const;

  /// How a server stands. Plain data.
  struct Standing {
    /// The server's first endpoint.
    std::string endpoint;
    /// It contributes to the interval,
    bool agrees = false;
    /// or lies outside of it: it is wrong.
    bool outvoted = false;
    /// How often its exchanges contradicted each other.
    std::int64_t contradictions = 0;
    /// Why the last exchange was not used; empty if it was.
    std::string trouble;
  };
  std::vector<Standing> servers() const;

 private:
  void stop();
  void poll(std::size_t index);
  bool exchange(std::size_t index, ServiceCaller& caller);
  void note(std::size_t index, const std::string& trouble);
  void publish();
  void publish_locked();
  bool stopped_within(std::chrono::milliseconds time);
  std::vector<Standing> standings(std::int64_t boot_ns) const;
  std::string why_unknown() const;

  const BoundedClockOptions options_;
  /// Of each server; null where it has none.
  std::vector<wire::TlsContext> tls_;
  PublishedBound published_;

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  bool stopped_ = false;              // behind mutex_
  ServerEnsemble ensemble_;           // behind mutex_
  std::vector<std::string> trouble_;  // behind mutex_

  std::vector<std::thread> threads_;
};

}  // namespace timeservice::client
