#include "client/bounded_clock.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "TimeService.h"
#include "client/client_clock.h"
#include "client/client_tls.h"
#include "client/clock_comparison.h"
#include "client/service_caller.h"

namespace timeservice::client {
namespace {

using Clock = std::chrono::steady_clock;

/// Exchanges that contradicted each other must agree for so long before they are believed.
constexpr std::int64_t kProbationNs = 1'000'000'000;

/// A longer timeout could overflow, and is as good as this.
constexpr std::chrono::milliseconds kLongestWait = std::chrono::hours(24 * 365);

/// What no clock has to be added to overflows.
std::chrono::milliseconds within_reason(std::chrono::milliseconds time) {
  return std::clamp(time, std::chrono::milliseconds(0), kLongestWait);
}

/// A server that was not heard for so many intervals is in HOLDOVER.
constexpr int kStaleIntervals = 3;

void require(bool sound, const std::string& otherwise) {
  if (!sound) throw std::invalid_argument(otherwise);
}

std::size_t wrong_of(const BoundedClockOptions& options) {
  return options.wrong.value_or(options.servers.empty() ? 0 : (options.servers.size() - 1) / 2);
}

BoundedClockOptions checked(BoundedClockOptions options) {
  require(!options.servers.empty(), "no server: name at least one");
  require(wrong_of(options) < options.servers.size(),
          fmt::format("{} of {} servers wrong: at least one must be right", wrong_of(options),
                      options.servers.size()));
  require(options.drift.ppm >= 1 && options.drift.ppm <= kMaxDriftPpm,
          fmt::format("a drift of {} ppm: write 1 to {}", options.drift.ppm, kMaxDriftPpm));
  require(options.samples >= 1 && options.samples <= 1000,
          fmt::format("{} samples: write 1 to 1000", options.samples));
  require(options.interval.count() >= 1,
          fmt::format("an interval of {} ms: write 1 or more", options.interval.count()));
  require(options.max_error.count() >= 1, "a largest error below 1 ns: nothing is known as well as that");
  options.interval = within_reason(options.interval);
  check_timeout(options.timeout);
  for (ClientOptions& server : options.servers) {
    server = checked_options(std::move(server));
    for (auto* time : {&server.connect_timeout, &server.send_timeout, &server.receive_timeout}) {
      *time = std::min(*time, options.timeout);
    }
    server.retry.retries = 0;
  }
  return options;
}

ServerEnsemble::Rules rules_of(const BoundedClockOptions& options) {
  return {.wrong = wrong_of(options),
          .drift = options.drift,
          .probation_ns = kProbationNs,
          .stale_ns = std::chrono::nanoseconds(kStaleIntervals * options.interval).count()};
}

}  // namespace

BoundedClock::BoundedClock(BoundedClockOptions options)
    : options_(checked(std::move(options))), ensemble_(options_.servers.size(), rules_of(options_)) {
  for (const ClientOptions& server : options_.servers) {
    tls_.push_back(make_client_tls(server));
    trouble_.push_back(wire::to_string(server.endpoints.front()) + ": not asked yet");
  }
  try {
    for (std::size_t index = 0; index < options_.servers.size(); ++index) {
      threads_.emplace_back([this, index] { poll(index); });
    }
  } catch (...) {  // those that were started use what is about to go
    stop();
    throw;
  }
}

BoundedClock::~BoundedClock() { stop(); }

void BoundedClock::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

std::optional<TrueTime> BoundedClock::try_now() const noexcept {
  const auto bound = published_.get();
  if (!bound) return std::nullopt;
  // Read after it, so that it is not the earlier of the two.
  const Interval interval = after(bound->interval, boot_clock_ns() - bound->boot_ns, options_.drift);
  const TrueTime time{interval.earliest_ns, interval.latest_ns, bound->state};
  if (time.error_ns() > options_.max_error.count()) return std::nullopt;
  return time;
}

TrueTime BoundedClock::now() const {
  if (const auto time = try_now()) return *time;
  const std::string why = why_unknown();
  throw ClockUnreliableError(fmt::format("bounded clock: {}", why), why, ClockState::UNKNOWN, -1);
}

bool BoundedClock::wait_until_past(std::int64_t instant_ns, std::chrono::milliseconds timeout) const {
  const auto deadline = Clock::now() + within_reason(timeout);
  std::unique_lock lock(mutex_);
  for (;;) {
    const auto time = try_now();
    if (time && instant_ns < time->earliest_ns) return true;
    const auto now = Clock::now();
    if (now >= deadline) break;
    // As if this clock were right; the next look says whether it was. An exchange that
    // narrows the interval ends the wait too.
    auto rest = deadline - now;
    if (time) {
      const std::int64_t ahead = saturating_subtract(instant_ns, time->earliest_ns);
      rest = std::min(rest, Clock::duration(std::chrono::nanoseconds(saturating_add(ahead, 1'000))));
    }
    changed_.wait_for(lock, rest);
  }
  lock.unlock();
  now();  // throws where nothing is known
  return false;
}

bool BoundedClock::wait_until_known(std::chrono::milliseconds timeout) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, within_reason(timeout), [this] { return try_now().has_value(); });
}

std::vector<BoundedClock::Standing> BoundedClock::servers() const {
  const std::lock_guard lock(mutex_);
  return standings(boot_clock_ns());
}

std::vector<BoundedClock::Standing> BoundedClock::standings(std::int64_t boot_ns) const {
  const auto agreed = ensemble_.agree(boot_ns);
  std::vector<Standing> standings;
  for (std::size_t index = 0; index < options_.servers.size(); ++index) {
    const ServerBound& server = ensemble_.server(index);
    Standing standing{.endpoint = wire::to_string(options_.servers[index].endpoints.front()),
                      .contradictions = server.contradictions(),
                      .trouble = trouble_[index]};
    if (agreed && server.at(boot_ns)) {
      const auto& outvoted = agreed->outvoted;
      standing.outvoted = std::find(outvoted.begin(), outvoted.end(), index) != outvoted.end();
      standing.agrees = !standing.outvoted;
    }
    standings.push_back(std::move(standing));
  }
  return standings;
}

std::string BoundedClock::why_unknown() const {
  const std::lock_guard lock(mutex_);
  const std::int64_t boot_ns = boot_clock_ns();
  const std::size_t bounded = ensemble_.bounded(boot_ns);
  const std::size_t contradicting = ensemble_.contradicting().size();
  std::string why;
  if (contradicting > 0) {
    why = fmt::format(
        "servers contradict each other: of {} with a bound no {} agree, and until each was heard again "
        "nothing is believed",
        contradicting, contradicting - wrong_of(options_));
  } else if (bounded < ensemble_.needed()) {
    why = fmt::format(
        "{} of {} servers must give a bound, {} do: wait for it with wait_until_known(), and if it stays so "
        "see to those that give none",
        ensemble_.needed(), options_.servers.size(), bounded);
  } else {
    why = fmt::format("true time is not known to {} ns: the servers' bounds are too wide, or too old",
                      options_.max_error.count());
  }
  for (const Standing& standing : standings(boot_ns)) {
    why += fmt::format("; {}",
                       standing.trouble.empty() ? standing.endpoint + ": gives a bound" : standing.trouble);
  }
  return why;
}

void BoundedClock::poll(std::size_t index) {
  ServiceCaller caller(options_.servers[index], system_retry_hooks(), tls_[index]);
  do {
    for (int sample = 0; sample < options_.samples && exchange(index, caller); ++sample) {
    }
    publish();
  } while (!stopped_within(options_.interval));
}

/// Whether another may follow at once.
bool BoundedClock::exchange(std::size_t index, ServiceCaller& caller) {
  ExchangeReading reading;
  try {
    caller.call([&](const std::shared_ptr<apache::thrift::protocol::TProtocol>& protocol) {
      TimeServiceClient client(protocol);
      ClockExchange reply;
      reading.sent_ns = boot_clock_ns();
      client.exchange(reply, reading.sent_ns);
      reading.received_ns = boot_clock_ns();
      check_exchange(reply, reading.sent_ns);
      reading.server_receive_ns = reply.server_receive_ns;
      reading.server_send_ns = reply.server_send_ns;
      reading.state = known_state(reply.state);
      reading.error_ns = error_bound(reading.state, reply.error_ns);
    });
  } catch (const ClientError& error) {
    note(index, error.what());
    return false;
  }
  const std::string endpoint = wire::to_string(caller.endpoint());
  const std::lock_guard lock(mutex_);
  switch (ensemble_.add(index, reading)) {
    case ServerBound::Verdict::kTaken:
      trouble_[index].clear();
      break;
    case ServerBound::Verdict::kNoBound:
      trouble_[index] = endpoint + ": gives no bound: see to its clock, or ask another server";
      break;
    case ServerBound::Verdict::kUnusable:
      trouble_[index] = endpoint + ": its clock was set during the exchange";
      break;
    case ServerBound::Verdict::kContradiction:
      trouble_[index] = endpoint + ": contradicts what it said before, or this machine was stopped meanwhile";
      break;
  }
  // Not only after the round: until then what was published might be known to be wrong.
  if (!ensemble_.contradicting().empty()) publish_locked();
  return !stopped_;
}

void BoundedClock::note(std::size_t index, const std::string& trouble) {
  const std::lock_guard lock(mutex_);
  trouble_[index] = trouble;
}

void BoundedClock::publish() {
  {
    const std::lock_guard lock(mutex_);
    publish_locked();
  }
  changed_.notify_all();
}

void BoundedClock::publish_locked() {
  const std::int64_t boot_ns = boot_clock_ns();
  if (const auto agreed = ensemble_.agree(boot_ns)) {
    published_.set({boot_ns, agreed->interval, agreed->state});
  } else {
    published_.clear();
  }
}

bool BoundedClock::stopped_within(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, time, [this] { return stopped_; });
}

}  // namespace timeservice::client
