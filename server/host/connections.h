#pragma once

#include <netinet/in.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>
#include <unordered_map>

#include <spdlog/logger.h>

#include "server/host/connection.h"
#include "server/host/counters.h"
#include "server/host/host_options.h"
#include "server/host/rate_limit.h"
#include "server/host/tls_certificates.h"

namespace timeservice::host {

/// All open connections of a host: their number is limited here, their timeouts
/// are watched here (by one thread of its own), and draining begins and ends here.
/// The same in every mode, since it needs nothing of a connection but its phase.
/// Any thread. Outlives the connections that it makes.
class Connections {
 public:
  /// `certificates` are null where no endpoint is TLS; they outlive this.
  Connections(const HostOptions& options, Counters& counters, std::shared_ptr<spdlog::logger> log,
              const TlsCertificates* certificates = nullptr);
  ~Connections();
  Connections(const Connections&) = delete;
  Connections& operator=(const Connections&) = delete;

  /// Takes over a socket that was accepted, where `tls`, at an endpoint that is TLS. Null,
  /// and the socket closed, at the limit.
  std::shared_ptr<Connection> add(int fd, const sockaddr_in6* peer, bool tls);

  /// No call is begun any more; every connection ends once it has been answered
  /// for what has arrived. New ones are not taken.
  void drain();
  /// Waits until none is open. False: some still were at the deadline.
  bool wait_until_none(std::chrono::steady_clock::time_point deadline);
  /// Ends all at once.
  void abort_all();

  std::size_t open() const;
  /// Connections whose handler runs, whose reply is not sent, or whose call waits.
  std::size_t in_call() const;
  /// Who waits, for a watchdog.
  struct Waiting {
    /// Connections with bytes that nobody has read, though no call of theirs is at work.
    std::size_t unread = 0;
    /// Connections whose call runs, or is about to.
    std::size_t called = 0;
  };
  Waiting waiting() const;
  bool draining() const { return draining_.load(std::memory_order_acquire); }

  /// Whether it matters when calls arrive, so that listening sockets are to ask for stamps,
  /// which the sockets that they accept then have.
  bool wants_stamps() const { return options_.queue_timeout > std::chrono::milliseconds::zero(); }
  Counters& counters() { return counters_; }
  spdlog::logger& log() { return *log_; }

 private:
  friend class Connection;
  /// What a new connection can be refused for.
  enum class Limit { kConnections, kHandshakes };

  bool too_many_handshakes() const;
  /// Nullptr, and the `limit` that is reached.
  std::shared_ptr<Connection> add_below_limit(int fd, const sockaddr_in6* peer, bool tls, Limit& limit);
  void log_limit(Limit limit);
  void remove(std::uint64_t id);
  void log_refusal(const Connection& connection, std::string_view why);
  void log_thrown(std::string_view method, std::string_view what);

  void check_timeouts(std::chrono::milliseconds now);
  void tell_overdue(std::chrono::milliseconds now);
  void tell_shed(std::chrono::milliseconds now);
  void check_timeout(Connection& connection, std::chrono::milliseconds now);

  const HostOptions options_;
  Counters& counters_;
  std::shared_ptr<spdlog::logger> log_;
  const TlsCertificates* const certificates_;
  RateLimit refusal_lines_{10};
  RateLimit limit_lines_{1};
  RateLimit thrown_lines_{10};
  /// Of the watcher: how many shed calls the log has told of, and when it did last.
  std::uint64_t shed_told_ = 0;
  std::optional<std::chrono::milliseconds> shed_told_at_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  /// A connection leaves this list before it dies, so under the mutex they all live.
  std::unordered_map<std::uint64_t, Connection*> open_;
  std::uint64_t next_id_ = 1;
  std::atomic<bool> draining_ = false;
  /// How many of them make a TLS handshake.
  std::atomic<std::size_t> handshakes_ = 0;
  bool stopping_ = false;
  std::thread watcher_;
};

}  // namespace timeservice::host
