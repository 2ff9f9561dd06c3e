#include "server/time/oracle/timestamp_oracle.h"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>

#include "server/time/oracle/oracle_refusal.h"
#include "server/time/oracle/oracle_reports.h"
#include "server/time/oracle/timestamp_issuer.h"

namespace timeservice::oracle {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

/// After a failed write the next try comes so much later.
constexpr milliseconds kRetry{100};
/// The thread wakes at least so often, to see a jump that nobody asked about, ...
constexpr milliseconds kLongestPause{250};
/// ... and at most so often, unless a call needs it.
constexpr milliseconds kShortestPause{1};

}  // namespace

struct TimestampOracle::State {
  State(const clock::Clock& clock_, std::function<clock::BoundedTime()> bounded_,
        std::unique_ptr<WatermarkStore> store_, OracleOptions options_)
      : clock(clock_),
        bounded(std::move(bounded_)),
        store(std::move(store_)),
        options(std::move(options_)),
        reports(options.log),
        issuer(clock, store->read(), options.window, options.max_jump) {}

  /// Whether the watermark changed before the call has waited long enough.
  bool wait_for_watermark(std::unique_lock<std::mutex>& lock, clock::MonotonicTime since);
  void begin_write();
  /// `error` is empty if it succeeded.
  void end_write(std::int64_t watermark, const std::string& error);
  void count_write(clock::MonotonicTime began, const std::string& error);
  void run(TimestampOracle& oracle);

  const clock::Clock& clock;
  const std::function<clock::BoundedTime()> bounded;
  const std::unique_ptr<WatermarkStore> store;
  const OracleOptions options;
  /// Only for whoever turns.
  OracleReports reports;

  /// Never held over a write or a line of the log.
  std::mutex mutex;
  TimestampIssuer issuer;
  /// But for `holding`, which the issuer knows.
  OracleCounts counts;
  /// When the write that is under way began.
  std::optional<clock::MonotonicTime> writing_since;
  /// The last write failed.
  bool failing = false;
  bool stopped = false;
  /// A call asked the thread to look.
  bool nudged = false;
  /// Counts writes that came to an end, and looks that found none due any more.
  std::uint64_t writes = 0;
  /// For calls: that has changed.
  std::condition_variable written;
  /// For the thread.
  std::condition_variable wake;
  std::thread thread;
};

void check(const OracleOptions& options) {
  if (options.window < milliseconds(10) || options.window > std::chrono::hours(1)) {
    throw std::invalid_argument("the oracle's window is not between 10ms and 1h");
  }
  if (options.timeout < milliseconds(0) || options.timeout > std::chrono::minutes(1)) {
    throw std::invalid_argument("the oracle's timeout is not between 0 and 1m");
  }
  if (options.max_jump < std::chrono::seconds(1)) {
    throw std::invalid_argument("the largest jump of the clock that is followed is below 1s");
  }
}

TimestampOracle::TimestampOracle(const clock::Clock& clock, std::function<clock::BoundedTime()> bounded,
                                 std::unique_ptr<WatermarkStore> store, OracleOptions options) {
  check(options);
  state_ = std::make_unique<State>(clock, std::move(bounded), std::move(store), std::move(options));
  State& s = *state_;
  s.reports.started(s.issuer.last(), clock.wall(), s.options.max_jump);
  if (const auto watermark = s.issuer.wanted()) {
    s.begin_write();
    s.store->write(*watermark);
    s.end_write(*watermark, {});
  }
  if (s.options.background) s.thread = std::thread([this] { state_->run(*this); });
}

TimestampOracle::~TimestampOracle() {
  if (!state_->thread.joinable()) return;
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopped = true;
  }
  state_->wake.notify_all();
  state_->thread.join();
}

std::int64_t TimestampOracle::take(std::int32_t count) {
  State& s = *state_;
  clock::WallTime wall = s.clock.wall();
  std::optional<clock::MonotonicTime> since;
  std::unique_lock lock(s.mutex);
  while (true) {
    if (s.stopped) refuse_stopped();
    const TimestampIssuer::Result result = s.issuer.issue(count, wall);
    switch (result.outcome) {
      case TimestampIssuer::Result::kIssued: {
        s.counts.timestamps += static_cast<std::uint64_t>(count);
        const bool nudge = s.issuer.short_of_reserve() && !std::exchange(s.nudged, true);
        lock.unlock();
        if (nudge) s.wake.notify_one();
        return result.first;
      }
      case TimestampIssuer::Result::kExhausted:
        refuse_exhausted(result.wait);
      case TimestampIssuer::Result::kUsedUp:
        refuse_used_up();
      case TimestampIssuer::Result::kNeedsWatermark:
        break;
    }
    if (s.failing) refuse_failing(kRetry);
    if (!since) since = s.clock.monotonic();
    if (!s.wait_for_watermark(lock, *since)) refuse_slow(s.options.timeout, kRetry);
    wall = s.clock.wall();
  }
}

bool TimestampOracle::State::wait_for_watermark(std::unique_lock<std::mutex>& lock,
                                                clock::MonotonicTime since) {
  const clock::MonotonicTime from = writing_since ? std::min(since, *writing_since) : since;
  const nanoseconds left = options.timeout - nanoseconds(clock.monotonic().ns - from.ns);
  if (left.count() <= 0) return false;
  nudged = true;
  wake.notify_one();
  const std::uint64_t before = writes;
  return written.wait_for(lock, left, [&] { return stopped || writes != before; });
}

void TimestampOracle::State::begin_write() { writing_since = clock.monotonic(); }

void TimestampOracle::State::end_write(std::int64_t watermark, const std::string& error) {
  if (error.empty()) issuer.extended(watermark);
  failing = !error.empty();
  count_write(*writing_since, error);
  writing_since.reset();
  ++writes;
  written.notify_all();
}

void TimestampOracle::State::count_write(clock::MonotonicTime began, const std::string& error) {
  ++counts.writes;
  counts.writing += nanoseconds(clock.monotonic().ns - began.ns);
  counts.failure = error;
  if (error.empty()) {
    counts.written = clock.wall();
  } else {
    ++counts.write_failures;
  }
}

nanoseconds TimestampOracle::turn() {
  State& s = *state_;
  std::unique_lock lock(s.mutex);
  s.nudged = false;
  const std::optional<std::int64_t> watermark = s.issuer.wanted();
  const bool holding = s.issuer.guard().holding();
  const nanoseconds jump = s.issuer.guard().jump();
  if (watermark) {
    s.begin_write();
  } else {
    // Who waits may have asked for a clock's time that has gone back since.
    ++s.writes;
    s.written.notify_all();
  }
  lock.unlock();

  if (watermark) {
    std::string error;
    try {
      s.store->write(*watermark);
    } catch (const std::exception& failure) {
      error = *failure.what() == '\0' ? "unknown error" : failure.what();
    }
    lock.lock();
    s.end_write(*watermark, error);
    lock.unlock();
    s.reports.wrote(error, s.clock.monotonic());
  }
  s.reports.held(holding, jump, s.options.max_jump);
  if (holding && s.bounded) {
    const clock::BoundedTime time = s.bounded();
    lock.lock();
    s.issuer.trust(time);
    lock.unlock();
  }

  lock.lock();
  if (s.failing) return kRetry;
  return std::clamp<nanoseconds>(s.issuer.until_half(), kShortestPause, kLongestPause);
}

void TimestampOracle::State::run(TimestampOracle& oracle) {
  while (true) {
    const nanoseconds pause = oracle.turn();
    std::unique_lock lock(mutex);
    wake.wait_for(lock, pause, [this] { return stopped || (nudged && !failing); });
    if (stopped) return;
  }
}

OracleStatus TimestampOracle::status() const {
  State& s = *state_;
  OracleStatus status;
  const clock::WallTime wall = s.clock.wall();
  const std::lock_guard lock(s.mutex);
  const bool stuck =
      s.failing ||
      (s.writing_since && nanoseconds(s.clock.monotonic().ns - s.writing_since->ns) > s.options.timeout);
  const bool serving = !s.stopped && !(stuck && s.issuer.needs_watermark());
  status.role = serving ? OracleRole::SERVING : OracleRole::UNAVAILABLE;
  status.last_timestamp = s.issuer.last();
  status.watermark = s.issuer.watermark();
  status.ahead_ns = std::max(status.last_timestamp - std::max(wall.ns, std::int64_t{0}), std::int64_t{0});
  return status;
}

const OracleOptions& TimestampOracle::options() const { return state_->options; }

OracleCounts TimestampOracle::counts() const {
  const std::lock_guard lock(state_->mutex);
  OracleCounts counts = state_->counts;
  counts.holding = state_->issuer.guard().holding();
  return counts;
}

void TimestampOracle::stop() {
  State& s = *state_;
  {
    const std::lock_guard lock(s.mutex);
    if (std::exchange(s.stopped, true)) return;
  }
  s.wake.notify_all();
  s.written.notify_all();
  if (s.thread.joinable()) s.thread.join();
  // The only write that lowers the watermark. It comes after the last timestamp: calls
  // see `stopped` under the mutex under which they would have been given one.
  const std::int64_t last = s.issuer.last();
  const clock::MonotonicTime began = s.clock.monotonic();
  std::string error;
  try {
    s.store->write(last);
    s.reports.stopped(last);
  } catch (const std::exception& failure) {
    error = failure.what();
    s.reports.not_stopped(error);
  }
  const std::lock_guard lock(s.mutex);
  s.count_write(began, error);
}

}  // namespace timeservice::oracle
