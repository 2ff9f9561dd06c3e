#pragma once

#include <memory>

#include <thrift/TProcessor.h>

#include "server/host/call_runners.h"
#include "server/host/call_turn.h"
#include "server/host/host_options.h"
#include "server/host/reactor/workers.h"

namespace timeservice::host {

/// What all event loops of a reactor share.
struct ReactorParts {
  const HostOptions& options;
  std::shared_ptr<apache::thrift::TProcessor> processor;
  spdlog::logger& log;
  CallParts& calls;
  Workers& workers;
  /// What the workers run calls with.
  SharedCallRunners& runners;
};

}  // namespace timeservice::host
