#include "server/host/connections.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <new>

#include <fmt/format.h>

#include "server/host/monotonic.h"
#include "server/host/shown.h"

namespace timeservice::host {
namespace {

using std::chrono::milliseconds;

/// How often timeouts are looked at: often enough for the shortest of them.
milliseconds tick_of(const HostOptions& options) {
  milliseconds tick{500};
  for (const milliseconds timeout : {options.idle_timeout, options.message_timeout, options.write_timeout,
                                     options.tls.handshake_timeout}) {
    if (timeout > milliseconds::zero()) tick = std::min(tick, timeout / 4);
  }
  return std::max(tick, milliseconds{5});
}

/// How often the log tells of calls that were not run, while there are any.
constexpr milliseconds kShedLineEvery{10'000};

/// A refused client has so long to read why.
constexpr milliseconds kLeaveWithin{5000};

/// One in so many of --max-connections may be in its TLS handshake.
constexpr std::size_t kHandshakesShare = 4;

bool over(milliseconds spent, milliseconds timeout) {
  return timeout > milliseconds::zero() && spent > timeout;
}

/// Bytes have arrived that nobody has read, and not for want of the client's reading ours.
bool waits_for_us(const Connection& connection) {
  return connection.has_unread() && !connection.wants_room();
}

std::string also(std::uint64_t missed) {
  return missed == 0 ? std::string() : fmt::format(" (and {} more like this, not logged)", missed);
}

}  // namespace

Connections::Connections(const HostOptions& options, Counters& counters, std::shared_ptr<spdlog::logger> log,
                         const TlsCertificates* certificates)
    : options_(options), counters_(counters), log_(std::move(log)), certificates_(certificates) {
  watcher_ = std::thread([this, tick = tick_of(options)] {
    std::unique_lock lock(mutex_);
    while (!changed_.wait_for(lock, tick, [this] { return stopping_; })) {
      lock.unlock();
      check_timeouts(coarse_now());
      tell_overdue(coarse_now());
      tell_shed(coarse_now());
      lock.lock();
    }
    shed_told_at_.reset();
    tell_shed(coarse_now());
  });
}

Connections::~Connections() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  watcher_.join();
}

std::shared_ptr<Connection> Connections::add(int fd, const sockaddr_in6* peer, bool tls) {
  Limit limit = Limit::kConnections;
  try {
    if (auto connection = add_below_limit(fd, peer, tls, limit)) {
      counters_.connections_accepted.fetch_add(1);
      return connection;
    }
  } catch (const std::bad_alloc&) {
    counters_.accept_errors.fetch_add(1);
    ::close(fd);
    return nullptr;
  }
  // Counted before the client can know of it.
  (limit == Limit::kConnections ? counters_.connections_refused : counters_.handshakes_refused).fetch_add(1);
  ::close(fd);
  log_limit(limit);
  return nullptr;
}

void Connections::log_limit(Limit limit) {
  std::uint64_t missed = 0;
  if (draining() || !limit_lines_.pass(missed)) return;
  if (limit == Limit::kHandshakes) {
    log_->warn(
        "connection refused: as many TLS handshakes are under way as may be, one in {} of "
        "--max-connections{}",
        kHandshakesShare, also(missed));
  } else {
    log_->warn("connection refused: {} are open; raise --max-connections or find who keeps them{}",
               options_.max_connections, also(missed));
  }
}

bool Connections::too_many_handshakes() const {
  return handshakes_.load(std::memory_order_relaxed) >=
         std::max<std::size_t>(1, options_.max_connections / kHandshakesShare);
}

std::shared_ptr<Connection> Connections::add_below_limit(int fd, const sockaddr_in6* peer, bool tls,
                                                         Limit& limit) {
  wire::TlsContext context = tls ? certificates_->current() : nullptr;
  const std::lock_guard lock(mutex_);
  if (open_.size() >= options_.max_connections || draining_) return nullptr;
  // Those who only shake hands leave room for those who call.
  if (tls && too_many_handshakes()) {
    limit = Limit::kHandshakes;
    return nullptr;
  }
  const std::uint64_t id = next_id_++;
  const auto entry = open_.emplace(id, nullptr).first;  // first: a connection closes its socket when it dies
  try {
    auto connection = std::make_shared<Connection>(*this, id, fd, peer, std::move(context));
    entry->second = connection.get();
    return connection;
  } catch (...) {
    open_.erase(entry);
    throw;
  }
}

void Connections::remove(std::uint64_t id) {
  counters_.connections_closed.fetch_add(1);
  const std::lock_guard lock(mutex_);
  open_.erase(id);
  if (open_.empty()) changed_.notify_all();
}

void Connections::drain() {
  const std::lock_guard lock(mutex_);
  draining_ = true;
  for (const auto& [id, connection] : open_) {
    connection->stop_reading();
    // Between calls, with TLS's own bytes untaken: nothing of ours is lost.
    if (connection->wants_room() && connection->phase() == Connection::Phase::kIdle) connection->abort();
  }
}

bool Connections::wait_until_none(std::chrono::steady_clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  return changed_.wait_until(lock, deadline, [this] { return open_.empty(); });
}

void Connections::abort_all() {
  const std::lock_guard lock(mutex_);
  draining_ = true;
  for (const auto& [id, connection] : open_) connection->abort();
}

std::size_t Connections::open() const {
  const std::lock_guard lock(mutex_);
  return open_.size();
}

std::size_t Connections::in_call() const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(std::count_if(open_.begin(), open_.end(), [](const auto& entry) {
    const auto phase = entry.second->phase();
    return phase == Connection::Phase::kCalling || phase == Connection::Phase::kWriting ||
           entry.second->has_unread();
  }));
}

Connections::Waiting Connections::waiting() const {
  const std::lock_guard lock(mutex_);
  Waiting waiting;
  for (const auto& [id, connection] : open_) {
    switch (connection->phase()) {
      case Connection::Phase::kCalling:
        ++waiting.called;
        break;
      case Connection::Phase::kWriting:  // the client is the one who is waited for
      case Connection::Phase::kLeaving:
        break;
      default:
        if (connection->has_unread()) ++waiting.unread;
    }
  }
  return waiting;
}

void Connections::check_timeouts(milliseconds now) {
  const std::lock_guard lock(mutex_);
  for (const auto& [id, connection] : open_) check_timeout(*connection, now);
}

// When a burst has ended, nobody else would say how large it was.
void Connections::tell_overdue(milliseconds now) {
  if (const std::uint64_t missed = refusal_lines_.overdue(now); missed > 0) {
    log_->warn("{} more connections closed for what they sent or did not take, not logged one by one",
               missed);
  }
  if (const std::uint64_t missed = limit_lines_.overdue(now); missed > 0) {
    log_->warn("{} more connections refused at --max-connections, not logged one by one", missed);
  }
  if (const std::uint64_t missed = thrown_lines_.overdue(now); missed > 0) {
    log_->warn("{} more calls whose handler threw, not logged one by one", missed);
  }
}

// A line for each of them would be more work than to run it.
void Connections::tell_shed(milliseconds now) {
  const std::uint64_t waited = counters_.calls_shed_queue_timeout.load(std::memory_order_relaxed);
  const std::uint64_t many = counters_.calls_shed_in_flight.load(std::memory_order_relaxed);
  const std::uint64_t shed = waited + many;
  if (shed == shed_told_ || (shed_told_at_ && now - *shed_told_at_ < kShedLineEvery)) return;
  log_->warn(
      "overloaded: {} calls were answered with that and not run; since the start {} by --max-in-flight, {} "
      "by "
      "--queue-timeout: raise what is too low, or add servers",
      shed - shed_told_, many, waited);
  shed_told_ = shed;
  shed_told_at_ = now;
}

void Connections::check_timeout(Connection& connection, milliseconds now) {
  // The phase first: its time is stamped before it, so a new phase never meets an old time.
  const auto phase = connection.phase();
  const milliseconds spent = connection.in_phase(now);
  switch (phase) {
    case Connection::Phase::kHandshake:
      if (!over(spent, options_.tls.handshake_timeout) || waits_for_us(connection)) return;
      connection.refuse(wire::WireError::kTlsTimeout);
      connection.abort();
      return;
    case Connection::Phase::kIdle:
      if (!over(spent, options_.idle_timeout) || waits_for_us(connection)) return;
      if (connection.mark_idle_closed()) counters_.connections_idle_closed.fetch_add(1);
      // It has asked for something of TLS, and does not take it.
      if (connection.wants_room()) return connection.abort();
      // Not abort(): a call that arrives at this very moment is still read and answered.
      connection.stop_reading();
      return;
    case Connection::Phase::kReading:
      if (!over(spent, options_.message_timeout) || waits_for_us(connection)) return;
      connection.refuse(wire::WireError::kMessageTimeout);
      connection.abort();
      return;
    case Connection::Phase::kWriting:
      if (!over(connection.stalled(now), options_.write_timeout)) return;
      connection.refuse(wire::WireError::kSlowReader);
      connection.abort();
      return;
    case Connection::Phase::kLeaving:
      if (over(spent, kLeaveWithin)) connection.abort();
      return;
    case Connection::Phase::kCalling:
      return;  // a handler may take its time
  }
}

void Connections::log_refusal(const Connection& connection, std::string_view why) {
  std::uint64_t missed = 0;
  if (!refusal_lines_.pass(missed)) return;
  log_->warn("{}: closed, {}{}", connection.peer(), why, also(missed));
}

void Connections::log_thrown(std::string_view method, std::string_view what) {
  std::uint64_t missed = 0;
  if (!thrown_lines_.pass(missed)) return;
  log_->warn("{}: the handler threw: {}{}", method, shown_text(what), also(missed));
}

}  // namespace timeservice::host
