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
constexpr std::size_t kOtherDescriptors = 64;
constexpr std::size_t kDescriptorsOfALoop = 6;
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
  const std::size_t wanted = options.max_connections + others;
  if (limit.rlim_cur < wanted && limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, wanted);
    ::setrlimit(RLIMIT_NOFILE, &limit);
    ::getrlimit(RLIMIT_NOFILE, &limit);
  }
  if (limit.rlim_cur >= wanted) return;
  const std::size_t fits =
      limit.rlim_cur > 2 * others ? limit.rlim_cur - others : std::max<std::size_t>(1, limit.rlim_cur / 2);
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
  processor_->setEventHandler(calls_);
}

Host::~Host() {
  if (thread_.joinable()) stop();
}

void Host::start() {
  fit_descriptors(options_, *log_);
  connections_ = std::make_unique<Connections>(options_, counters_, log_);
  acceptor_ = std::make_unique<Acceptor>(options_.listen, *connections_);
  mode_ = row_.make(ModeParts{
      .options = options_, .processor = processor_, .acceptor = *acceptor_, .connections = *connections_});
  thread_ = std::thread([this] { serve(); });
}

const std::vector<wire::Endpoint>& Host::endpoints() const { return acceptor_->bound(); }

std::size_t Host::connections_open() const { return connections_->open(); }

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
