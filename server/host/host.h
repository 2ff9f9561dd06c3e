#pragma once

#include <chrono>
#include <future>
#include <memory>
#include <thread>
#include <vector>

#include <spdlog/logger.h>
#include <thrift/TProcessor.h>

#include "server/host/acceptor.h"
#include "server/host/call_counters.h"
#include "server/host/connections.h"
#include "server/host/counters.h"
#include "server/host/host_options.h"
#include "server/host/modes.h"
#include "wire/endpoint.h"

namespace timeservice::host {

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

  /// Where it listens, with the ports really bound.
  const std::vector<wire::Endpoint>& endpoints() const;

  /// Refuses new connections, finishes the calls that have arrived, sends their
  /// replies and closes; what is left after `deadline` is cut. A handler that does
  /// not return is left running: then only stop() waits for it.
  DrainResult drain(std::chrono::milliseconds deadline);

  /// Ends all connections at once and waits until no handler runs.
  void stop();

  const Counters& counters() const { return counters_; }
  std::size_t connections_open() const;
  std::vector<CallCounters::Method> methods() const { return calls_->methods(); }
  const HostOptions& options() const { return options_; }

 private:
  void serve();

  HostOptions options_;
  const ModeRow& row_;
  std::shared_ptr<apache::thrift::TProcessor> processor_;
  std::shared_ptr<CallCounters> calls_;
  std::shared_ptr<spdlog::logger> log_;
  Counters counters_;
  std::unique_ptr<Connections> connections_;
  std::unique_ptr<Acceptor> acceptor_;
  std::unique_ptr<Mode> mode_;
  std::atomic<bool> stopping_ = false;
  std::promise<void> served_promise_;
  std::future<void> served_;
  std::thread thread_;
};

}  // namespace timeservice::host
