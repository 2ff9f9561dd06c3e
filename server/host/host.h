#pragma once

#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include <spdlog/logger.h>
#include <thrift/TProcessor.h>

#include "server/host/acceptor.h"
#include "server/host/call_counters.h"
#include "server/host/call_turn.h"
#include "server/host/connections.h"
#include "server/host/counters.h"
#include "server/host/host_options.h"
#include "server/host/modes.h"
#include "server/host/progress.h"
#include "server/host/tls_certificates.h"
#include "wire/endpoint.h"

namespace timeservice::host {

/// What calls cost, and which were not run. Those that are not by method are for all.
struct CallMetrics {
  std::vector<CallCounters::Method> methods;
  /// Calls that run, or wait for a thread, at this moment.
  std::uint64_t in_flight = 0;
  /// Calls of methods that the service does not have.
  std::uint64_t unknown_method = 0;
  /// Calls that were answered with an exception and not run, by what they met.
  std::uint64_t shed_queue_timeout = 0;
  std::uint64_t shed_in_flight = 0;
  /// How long calls waited until they could run, those too that were not; empty unless
  /// calls are measured.
  DurationHistogram::Snapshot queue = {};
};

/// How a drain ended.
struct DrainResult {
  /// Every call that had arrived was answered, and every connection closed.
  bool complete;
  /// Calls still running or unanswered at the deadline.
  std::size_t calls_cut;
};

/// Serves a Thrift processor, any, in one of kModes. The processor's handler is
/// called from several threads at once, in every mode but `simple`.
///
/// start(), then drain() or stop(), from one thread; the rest from any.
class Host {
 public:
  /// Throws UsageError where the options contradict each other.
  Host(HostOptions options, std::shared_ptr<apache::thrift::TProcessor> processor,
       std::shared_ptr<spdlog::logger> log);
  /// Stops. Waits for handlers that still run.
  ~Host();
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  /// Listens and begins to serve. Throws StartError; UsageError where two of the
  /// endpoints are the same.
  void start();
  /// Whether start() is done: what that settles may be asked for by any thread.
  bool started() const { return started_.load(std::memory_order_acquire); }

  /// Where it listens, with the ports really bound.
  const std::vector<wire::Endpoint>& endpoints() const;

  /// Refuses new connections, finishes the calls that have arrived, sends their
  /// replies and closes; what is left after `deadline` is cut. A handler that does
  /// not return is left running: then only stop() waits for it.
  DrainResult drain(std::chrono::milliseconds deadline);

  /// Ends all connections at once and waits until no handler runs.
  void stop();

  /// Reads the certificates of endpoints that are TLS anew, for connections to come; where
  /// none is, does nothing. False: the files cannot be used, and those before stay.
  bool reload_certificates();
  /// When the first of them ends; nothing where no endpoint is TLS. After start().
  std::optional<std::chrono::sys_seconds> certificates_end() const;

  /// Whether its event loops, if any, have workers run all calls now. Any thread, once started.
  bool workers_run_calls() const;
  const Counters& counters() const { return counters_; }
  std::size_t connections_open() const;
  std::vector<CallCounters::Method> methods() const { return calls_->methods(); }
  CallMetrics call_metrics() const;
  const HostOptions& options() const { return options_; }
  /// Whether it gets on, for a watchdog; after start().
  Progress progress() const;

 private:
  void serve();

  HostOptions options_;
  const ModeRow& row_;
  std::shared_ptr<apache::thrift::TProcessor> processor_;
  std::shared_ptr<CallCounters> calls_;
  std::shared_ptr<spdlog::logger> log_;
  Counters counters_;
  std::unique_ptr<CallParts> call_parts_;
  /// Null where no endpoint is TLS.
  std::unique_ptr<TlsCertificates> certificates_;
  std::unique_ptr<Connections> connections_;
  std::unique_ptr<Acceptor> acceptor_;
  std::unique_ptr<Mode> mode_;
  std::atomic<bool> started_ = false;
  std::atomic<bool> stopping_ = false;
  std::promise<void> served_promise_;
  std::future<void> served_;
  std::thread thread_;
};

}  // namespace timeservice::host
