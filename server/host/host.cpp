#include "server/host/host.h"

#include <sys/resource.h>

#include <algorithm>
#include <exception>

#include <fmt/format.h>

#include "server/host/start_error.h"

namespace timeservice::host {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// Descriptors that are not connections: sockets to listen on, logs, files of handlers.
constexpr std::size_t kOtherDescriptors = 144;
constexpr std::size_t kDescriptorsOfALoop = 6;
/// Of a connection: its socket, and in some modes what tells when TLS has something of it.
constexpr std::size_t kDescriptorsOfTls = 2;
constexpr milliseconds kStopAgainAfter{20};
/// Beyond these a machine has none left for others.
constexpr std::size_t kMostThreads = 1024;
constexpr std::size_t kMostIoThreads = 256;

/// Raises the process's soft limit of descriptors to the hard one, and lowers the
/// limit of connections to what fits.
void fit_descriptors(HostOptions& options, spdlog::logger& log) {
  const std::size_t loops = options.io_threads.value_or(std::thread::hardware_concurrency());
  const std::size_t others = kOtherDescriptors + kDescriptorsOfALoop * loops;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  // See TlsReadiness.
  const std::size_t each = any_tls(options) && options.mode == "nonblocking" ? kDescriptorsOfTls : 1;
  const std::size_t wanted = each * options.max_connections + others;
  if (limit.rlim_cur < wanted && limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, wanted);
    ::setrlimit(RLIMIT_NOFILE, &limit);
    ::getrlimit(RLIMIT_NOFILE, &limit);
  }
  if (limit.rlim_cur >= wanted) return;
  const std::size_t fits = std::max<std::size_t>(
      1, (limit.rlim_cur > 2 * others ? limit.rlim_cur - others : limit.rlim_cur / 2) / each);
  log.warn("--max-connections {} lowered to {}: the process may open {} descriptors (ulimit -n)",
           options.max_connections, fits, limit.rlim_cur);
  options.max_connections = fits;
}

void check(const HostOptions& options) {
  if (options.listen.empty()) throw UsageError("--listen is empty: name at least one endpoint");
  if (options.max_connections == 0)
    throw UsageError("--max-connections 0 would serve nobody: name at least 1");
  if (options.threads == std::size_t{0} && options.mode == "threadpool") {
    throw UsageError("--threads 0 would serve nobody in --mode threadpool: name at least 1");
  }
  if (options.io_threads == std::size_t{0})
    throw UsageError("--io-threads 0 would serve nobody: name at least 1");
  if (options.threads.value_or(0) > kMostThreads) {
    throw UsageError(fmt::format("--threads {} is more than {}: name fewer", *options.threads, kMostThreads));
  }
  if (options.io_threads.value_or(0) > kMostIoThreads) {
    throw UsageError(fmt::format("--io-threads {} is more than {}: one for each core is enough",
                                 *options.io_threads, kMostIoThreads));
  }
  check_tls(options);
  if (options.limits.message_bytes == 0 || options.limits.message_bytes > wire::kMaxMessageBytes) {
    throw UsageError(fmt::format("--max-message-size {} is not between 1 and {} bytes",
                                 options.limits.message_bytes, wire::kMaxMessageBytes));
  }
}

}  // namespace

Host::Host(HostOptions options, std::shared_ptr<apache::thrift::TProcessor> processor,
           std::shared_ptr<spdlog::logger> log)
    : options_(std::move(options)),
      row_(mode_for(options_)),
      processor_(std::move(processor)),
      calls_(std::make_shared<CallCounters>(processor_->getEventHandler())),
      log_(std::move(log)),
      served_(served_promise_.get_future()) {
  check(options_);
  call_parts_ = std::make_unique<CallParts>(options_, counters_, *log_);
  processor_->setEventHandler(calls_);
}

Host::~Host() {
  if (thread_.joinable()) stop();
}

void Host::start() {
  fit_descriptors(options_, *log_);
  if (any_tls(options_)) certificates_ = std::make_unique<TlsCertificates>(options_.tls, log_);
  connections_ = std::make_unique<Connections>(options_, counters_, log_, certificates_.get());
  acceptor_ = std::make_unique<Acceptor>(options_.listen, *connections_);
  mode_ = row_.make(ModeParts{.options = options_,
                              .processor = processor_,
                              .acceptor = *acceptor_,
                              .connections = *connections_,
                              .calls = *call_parts_});
  thread_ = std::thread([this] { serve(); });
  started_.store(true, std::memory_order_release);
}

bool Host::reload_certificates() {
  if (certificates_) return certificates_->reload();
  log_->info("no endpoint is TLS: there are no certificates to reload");
  return true;
}

std::optional<std::chrono::sys_seconds> Host::certificates_end() const {
  const auto validity = certificates_ ? wire::tls_validity(certificates_->current()) : std::nullopt;
  if (!validity) return std::nullopt;
  return validity->first_end;
}

const std::vector<wire::Endpoint>& Host::endpoints() const { return acceptor_->bound(); }

bool Host::workers_run_calls() const { return mode_->workers_run_calls(); }

std::size_t Host::connections_open() const { return connections_->open(); }

CallMetrics Host::call_metrics() const {
  CallMetrics now{.methods = methods()};
  for (const auto& method : now.methods) now.in_flight += method.in_flight;
  now.in_flight += call_parts_->admission.waiting();
  now.unknown_method = counters_.calls_unknown_method;
  now.shed_queue_timeout = counters_.calls_shed_queue_timeout;
  now.shed_in_flight = counters_.calls_shed_in_flight;
  now.queue = call_parts_->queue.snapshot();
  return now;
}

// A stock server's serve() ends or throws on what only cost it a connection (no
// thread to be had, say). The listening sockets are not its own, so it serves again.
void Host::serve() {
  while (!stopping_) {
    try {
      mode_->serve();
    } catch (const std::exception& error) {
      log_->error("--mode {}: {}; serving goes on", row_.name, error.what());
    }
    if (!stopping_) std::this_thread::sleep_for(kStopAgainAfter);
  }
  served_promise_.set_value();
}

DrainResult Host::drain(milliseconds deadline) {
  const auto until = steady_clock::now() + deadline;
  acceptor_->close();
  connections_->drain();
  DrainResult result{.complete = connections_->wait_until_none(until), .calls_cut = 0};
  if (!result.complete) {
    result.calls_cut = connections_->in_call();
    connections_->abort_all();
    return result;
  }
  // No connection is left, so no handler runs and the mode's threads end at once.
  stop();
  return result;
}

void Host::stop() {
  acceptor_->close();
  connections_->abort_all();
  stopping_ = true;
  // Again and again: a stop that comes before the mode's loop has begun is lost on some.
  do {
    mode_->stop();
  } while (served_.wait_for(kStopAgainAfter) != std::future_status::ready);
  if (thread_.joinable()) thread_.join();
}

}  // namespace timeservice::host
