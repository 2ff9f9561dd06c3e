#include "client/timestamp_source.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "client/async_error.h"
#include "client/client_tls.h"
#include "time_service_constants.h"

namespace timeservice::client {
namespace {

TimestampSourceOptions checked(TimestampSourceOptions options) {
  options.client = checked_options(std::move(options.client));
  check_timeout(options.timeout);
  options.client.retry.retries = 0;
  return options;
}

}  // namespace

ClientOptions timestamp_client_options() {
  ClientOptions options;
  options.connect_timeout = options.send_timeout = options.receive_timeout = std::chrono::seconds(1);
  options.retry.first_backoff = std::chrono::milliseconds(5);
  options.retry.max_backoff = std::chrono::milliseconds(500);
  return options;
}

TimestampSource::TimestampSource(TimestampSourceOptions options, RetryHooks hooks)
    : options_(checked(std::move(options))),
      tls_(make_client_tls(options_.client)),
      route_(options_.client.endpoints, options_.client.retry, std::move(hooks)),
      thread_([this] { run(); }) {}

TimestampSource::~TimestampSource() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  wanted_.notify_all();
  thread_.join();
}

TimestampRange TimestampSource::take(std::int32_t count, std::chrono::milliseconds timeout) {
  if (count < 1 || count > g_time_service_constants.MAX_TIMESTAMPS) {
    throw std::invalid_argument(
        fmt::format("{} timestamps: write 1 to {}", count, g_time_service_constants.MAX_TIMESTAMPS));
  }
  const auto deadline =
      std::chrono::steady_clock::now() + std::clamp(timeout, std::chrono::milliseconds(0), kMaxTimeout);
  Waiter waiter{.count = count};
  std::unique_lock lock(mutex_);
  queue_.push_back(&waiter);
  if (queue_.size() == 1) wanted_.notify_one();
  if (!waiter.served.wait_until(lock, deadline, [&] { return waiter.done; })) {
    forget(&waiter);
    throw TimeoutError(fmt::format("timestamps: none within {} ms: {}", timeout.count(),
                                   trouble_.empty() ? "the servers are silent, or overloaded" : trouble_));
  }
  lock.unlock();
  if (waiter.error) std::rethrow_exception(waiter.error);
  TimestampRange range;
  range.__set_first(waiter.first);
  range.__set_count(count);
  return range;
}

TimestampSource::Counters TimestampSource::counters() const {
  const std::lock_guard lock(mutex_);
  return counters_;
}

std::size_t TimestampSource::waiting() const {
  const std::lock_guard lock(mutex_);
  return queue_.size();
}

void TimestampSource::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (queue_.empty()) given_up_.clear();
    wanted_.wait(lock, [this] { return stopped_ || !queue_.empty(); });
    if (stopped_) break;
    const auto pause = request(lock, gather());
    if (pause) wait(lock, *pause);
  }
  in_flight_.assign(queue_.begin(), queue_.end());
  queue_.clear();
  fail([] { return std::make_exception_ptr(CallCancelled("the timestamp source was destroyed meanwhile")); });
}

/// Those who wait now, the oldest first, as many as one request can serve. How many
/// timestamps that is.
std::int32_t TimestampSource::gather() {
  std::int32_t count = 0;
  while (!queue_.empty() && queue_.front()->count <= g_time_service_constants.MAX_TIMESTAMPS - count) {
    count += queue_.front()->count;
    in_flight_.push_back(queue_.front());
    queue_.pop_front();
  }
  return count;
}

std::optional<std::chrono::milliseconds> TimestampSource::request(std::unique_lock<std::mutex>& lock,
                                                                  std::int32_t count) {
  lock.unlock();
  TimestampRange range;
  std::string trouble;
  std::chrono::milliseconds pause{0};
  MakeError error;
  bool permanent = false;
  try {
    range = client().get_timestamps(count);
    route_.succeeded();
  } catch (const OracleUnavailableError& unavailable) {
    trouble = unavailable.what();
    const auto& listed = options_.client.endpoints;
    const bool alone = listed.size() == 1 && listed.front() == route_.current();
    if (unavailable.fault() == OracleFault::NOT_LEADER) {
      pause = route_.redirected(unavailable.leader());
    } else if (unavailable.fault() == OracleFault::EXHAUSTED || alone) {
      pause = route_.put_off(unavailable.retry_after());
    } else {
      pause = route_.failed();
    }
  } catch (const Overloaded& busy) {
    // Whoever else there is does not lead.
    trouble = busy.what();
    pause = route_.put_off(std::chrono::milliseconds(0));
  } catch (const ProtocolMismatch& mismatch) {
    error = [mismatch] { return std::make_exception_ptr(mismatch); };
    route_.failed();
  } catch (const ServerError& refusal) {
    error = [refusal] { return std::make_exception_ptr(refusal); };
    route_.failed();
  } catch (const BadRequestError& refusal) {
    error = [refusal] { return std::make_exception_ptr(refusal); };
  } catch (const ConnectError& failure) {
    trouble = failure.what();
    permanent = failure.permanent();
    pause = route_.failed();
  } catch (const ClientError& failure) {
    trouble = failure.what();
    pause = route_.failed();
  }
  lock.lock();
  trouble_ = all_troubles(trouble);
  if (permanent) {
    given_up_.push_back(connected_);
  } else {
    given_up_.clear();
  }
  if (no_server_is_left()) {
    given_up_.clear();
    error = [line = trouble_] { return std::make_exception_ptr(ConnectError(line, true)); };
  }
  if (error) {
    fail(error);
    return std::nullopt;
  }
  if (!trouble.empty()) {
    give_back();
    return pause;
  }
  serve(range);
  return std::nullopt;
}

/// The last failure of each server since the last success, the latest first.
std::string TimestampSource::all_troubles(const std::string& latest) {
  if (latest.empty()) {
    troubles_.clear();
    return {};
  }
  std::erase_if(troubles_, [this](const Trouble& trouble) { return trouble.server == connected_; });
  troubles_.push_back({connected_, latest});
  // Leaders that were named by turns are not remembered for ever.
  if (troubles_.size() > options_.client.endpoints.size() + 1) troubles_.erase(troubles_.begin());
  std::string text = latest;
  for (std::size_t i = troubles_.size() - 1; i > 0; --i) text += "; " + troubles_[i - 1].what;
  return text;
}

bool TimestampSource::no_server_is_left() const {
  const auto& servers = options_.client.endpoints;
  return std::all_of(servers.begin(), servers.end(), [this](const wire::Endpoint& server) {
    return std::find(given_up_.begin(), given_up_.end(), server) != given_up_.end();
  });
}

void TimestampSource::serve(const TimestampRange& range) {
  ++counters_.requests;
  counters_.timestamps += static_cast<std::uint64_t>(range.count);
  std::int64_t next = range.first;
  for (Waiter* waiter : in_flight_) {
    // Whoever has given up meanwhile is null, and its share is lost; see forget().
    if (waiter == nullptr) continue;
    waiter->first = next;
    waiter->done = true;
    next += waiter->count;
    // Under the lock: without it the waiter might be gone.
    waiter->served.notify_one();
  }
  in_flight_.clear();
}

void TimestampSource::fail(const MakeError& error) {
  for (Waiter* waiter : in_flight_) {
    if (waiter == nullptr) continue;
    waiter->error = error();
    waiter->done = true;
    waiter->served.notify_one();
  }
  in_flight_.clear();
}

/// To be served by a later request, before those that came after.
void TimestampSource::give_back() {
  std::erase(in_flight_, nullptr);
  queue_.insert(queue_.begin(), in_flight_.begin(), in_flight_.end());
  in_flight_.clear();
}

void TimestampSource::forget(const Waiter* waiter) {
  std::erase(queue_, waiter);
  std::replace(in_flight_.begin(), in_flight_.end(), const_cast<Waiter*>(waiter),
               static_cast<Waiter*>(nullptr));
}

void TimestampSource::wait(std::unique_lock<std::mutex>& lock, std::chrono::milliseconds time) {
  wanted_.wait_for(lock, time, [this] { return stopped_; });
}

TimeClient& TimestampSource::client() {
  if (!client_ || !(connected_ == route_.current())) {
    client_.emplace(options_at(route_.current(), options_.client), system_retry_hooks(), tls_);
    connected_ = route_.current();
  }
  return *client_;
}

}  // namespace timeservice::client
