#pragma once

#include <netinet/in.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <spdlog/logger.h>

#include "server/host/counters.h"
#include "server/host/monotonic.h"
#include "server/host/wait_clock.h"
#include "wire/tls.h"
#include "wire/wire_error.h"

namespace timeservice::host {

class Connections;
class Session;

/// Room that is made for a read, in bytes: at least so much, and at most so much, which is a
/// message of 64 KiB with what is round it.
inline constexpr std::size_t kReadAtLeast = 4096;
inline constexpr std::size_t kReadAtMost = 68 * 1024;
/// Room for the next piece of a message, of which so much has arrived: a large one comes in few
/// pieces, and memory is in proportion to what has come.
constexpr std::size_t room_for_rest(std::size_t arrived) {
  return std::clamp(3 * arrived, kReadAtLeast, kReadAtMost);
}
/// How much a refused client may still send before its refusal is cut off.
inline constexpr std::size_t kDiscardAtMost = 1 << 20;
/// How long to leave a client that is still being delivered to.
inline constexpr std::chrono::milliseconds kDeliveryPause{1};

/// One client's socket and where its current call stands. Made by Connections,
/// which keeps a list of the open ones.
///
/// One thread at a time serves a connection (receives, sends, closes); any
/// thread may look at its phase and shut it down.
///
/// Where it came in at an endpoint that is TLS, whoever has it makes the handshake first,
/// step by step; receiving and sending are the same after that.
class Connection : private wire::TlsCarrier {
 public:
  /// What the connection waits for, and so which timeout holds.
  enum class Phase : std::uint8_t {
    kHandshake,  ///< the rest of a TLS handshake
    kIdle,       ///< the first byte of a call
    kReading,    ///< the rest of a call
    kCalling,    ///< the handler
    kWriting,    ///< the client, to take its reply
    kLeaving,    ///< the client, which was refused, to close
  };

  /// Owns `fd`. `peer` is null for a unix socket; `tls` is null for a plain endpoint.
  Connection(Connections& owner, std::uint64_t id, int fd, const sockaddr_in6* peer, wire::TlsContext tls);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// What a blocking mode keeps of the connection's calls; the serving thread's.
  std::shared_ptr<Session> session;

  std::uint64_t id() const { return id_; }
  /// For the serving thread; -1 once closed.
  int fd() const { return fd_; }
  /// "127.0.0.1:41234", or "unix" for a unix socket.
  std::string peer() const;

  /// The serving thread tells where the call stands; the phase's time starts anew.
  void enter(Phase phase) {
    since_.store(coarse_now(), std::memory_order_relaxed);
    phase_.store(phase, std::memory_order_release);
  }
  Phase phase() const { return phase_.load(std::memory_order_acquire); }
  /// How long it has been in this phase; coarse.
  std::chrono::milliseconds in_phase(std::chrono::milliseconds now) const;

  /// It carries TLS, or is about to.
  bool is_tls() const { return handshaking_ || tls_ != nullptr; }
  /// Nothing can be received or sent yet: its handshake is to be made.
  bool handshaking() const { return handshaking_; }
  enum class Handshake {
    kDone,   ///< not handshaking() any more
    kWaits,  ///< for bytes, or for room: see wants_room()
    kOver,   ///< refused, or the client has left: close it
  };
  /// The next step of the handshake, which may take a millisecond of the processor's time.
  /// Never waits.
  Handshake handshake() noexcept;
  /// The handshake ended at once: the client speaks without TLS where TLS is asked for. It
  /// is to be told so, and nothing else: whatever it sends is refused as kPlain.
  bool plain_at_tls() const { return plain_at_tls_; }
  /// What is received waits for the socket to have room, not bytes. Any thread.
  bool wants_room() const { return wants_room_.load(std::memory_order_relaxed); }
  /// try_receive() has something, of which the socket knows nothing any more: do not wait.
  /// Not while it wants room: what is there can be taken no further.
  bool has_buffered() const { return tls_ != nullptr && !wants_room() && (tls_end_ || tls_->has_buffered()); }

  /// What to wait for at the socket before try_receive(), as epoll has it.
  std::uint32_t events_to_receive() const;
  /// Part of a TLS record has arrived, and so of a message.
  bool inside_record() const { return tls_ != nullptr && tls_->inside_record(); }

  /// Receives what is there, waiting for at least a byte. 0: the client is done,
  /// gone, or shut down. Counts the bytes, as they are on the wire.
  std::size_t receive(std::span<std::uint8_t> room);
  /// Sends everything, waiting as long as the client takes any. False: it is gone.
  bool send(std::span<const std::uint8_t> bytes);
  /// The same without waiting, for an event loop. Nothing: there are no bytes now.
  std::optional<std::size_t> try_receive(std::span<std::uint8_t> room);
  /// Sends what the socket takes now. Nothing: the client is gone. What was sent in part
  /// must be sent on first.
  std::optional<std::size_t> try_send(std::span<const std::uint8_t> bytes);
  /// When what was received last arrived, as far as the kernel tells; for the serving thread.
  const Receipt& receipt() const { return receipt_; }
  void count_messages(std::uint64_t count) { counters_.messages_in.add(count); }

  /// Counts and logs why the client's bytes are refused, and returns it, for a reply;
  /// `detail` may add to what the reason says, and `advice` replace it. Whoever calls it closes the
  /// connection.
  std::string refuse(wire::WireError error, std::string_view detail = {},
                     std::string_view advice = {}) noexcept;
  /// Logs what a handler threw in one of its calls that the IDL does not declare.
  void log_thrown(std::string_view method, std::string_view what);
  bool refused() const { return refused_.load(std::memory_order_relaxed); }

  /// The watcher only: whether bytes have arrived that nobody has read, and so the
  /// client is not what the connection waits for.
  bool has_unread() const;
  /// The watcher only: how long the client has taken nothing of a reply.
  std::chrono::milliseconds stalled(std::chrono::milliseconds now);

  /// True the first time: it is about to be closed for being idle.
  bool mark_idle_closed() { return !idle_closed_.exchange(true); }

  /// The client is told that nothing more will come.
  void finish_sending();
  /// Any thread: receive what has arrived, then end. Nothing in flight is lost; what
  /// comes later is thrown away, or a busy client would keep the connection for ever.
  void stop_reading();
  bool reading_stopped() const { return reading_stopped_.load(std::memory_order_acquire); }
  /// After stop_reading(), with all answered that had arrived: throws away what has come
  /// since, and tells whether the client's kernel has yet to take some of what was
  /// sent. Closing earlier, or with bytes unread, would reset the socket, which takes
  /// replies back. True: ask again a moment later.
  bool discard_late_while_delivering();
  /// Any thread: end at once. What has arrived is not read any more.
  void abort();
  bool aborted() const { return aborted_.load(std::memory_order_acquire); }
  /// The serving thread is done with it. Safe to call again.
  void close();

 private:
  std::optional<std::size_t> receive_encrypted(std::span<std::uint8_t> room) override;
  std::optional<std::size_t> send_encrypted(std::span<const std::uint8_t> bytes) override;

  Handshake begin_handshake();
  Handshake fail_handshake(std::string_view why, std::string_view advice = {});
  /// What to do about the alert that the client ended its handshake with; "": the usual.
  std::string_view advice_on_alert() const;
  void end_handshake();
  std::optional<std::size_t> receive_plain(std::span<std::uint8_t> room, int flags);
  std::optional<std::size_t> send_plain(std::span<const std::uint8_t> bytes);
  std::optional<std::size_t> receive_tls(std::span<std::uint8_t> room);
  std::optional<std::size_t> send_tls(std::span<const std::uint8_t> bytes);
  std::size_t receive_end(wire::TlsStream::Status status);
  void tell_tls_client();
  void finish_tls();
  void wait_for_socket(short events) const;
  void shut(int how);
  std::span<std::uint8_t> bounded(std::span<std::uint8_t> room);
  std::size_t took(ssize_t bytes);
  ssize_t receive_raw(std::span<std::uint8_t> room, int flags);

  Connections& owner_;
  Counters& counters_;
  const std::uint64_t id_;
  /// Guards fd_ against a shutdown from elsewhere while it is closed here.
  mutable std::mutex closing_;
  int fd_;
  sockaddr_in6 peer_{};
  std::atomic<Phase> phase_ = Phase::kIdle;
  std::atomic<std::chrono::milliseconds> since_;
  std::atomic<bool> reading_stopped_ = false;
  // Of TLS, the serving thread's:
  wire::TlsContext tls_context_;
  /// Made at the client's first byte: one that is silent costs nothing.
  std::unique_ptr<wire::TlsStream> tls_;
  /// How receiving ended, where bytes came before that.
  std::optional<wire::TlsStream::Status> tls_end_;
  bool handshaking_;
  bool plain_at_tls_ = false;
  /// How much more may be received of TLS before others have their turn.
  std::size_t encrypted_left_ = 0;
  std::atomic<bool> wants_room_ = false;
  /// Whether the kernel is asked when bytes arrived.
  const bool stamped_;
  Receipt receipt_;
  int undelivered_ = 0;
  /// After stop_reading(): what had arrived by the first look, and is not read yet.
  std::optional<std::size_t> last_bytes_;
  // The watcher's, for stalled():
  int last_unsent_ = -1;
  std::chrono::milliseconds unsent_since_{};
  std::atomic<bool> aborted_ = false;
  std::atomic<bool> refused_ = false;
  std::atomic<bool> idle_closed_ = false;
};

}  // namespace timeservice::host
