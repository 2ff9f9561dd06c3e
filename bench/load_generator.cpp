#include "bench/load_generator.h"

#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <deque>

#include <fmt/format.h>

#include "bench/load_connection.h"
#include "bench/load_socket.h"

namespace timeservice::bench {
namespace {

/// How often the end of the window is looked for while nothing comes.
constexpr int kLookMs = 5;

class LoadGenerator {
 public:
  LoadGenerator(const wire::Endpoint& endpoint, const MeasuredCalls& calls, const Load& load)
      : load_(load), requests_(calls.request()), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    for (std::size_t i = 0; i < load.connections; ++i) {
      slots_.push_back({LoadConnection(connect_to(endpoint, load.patience), requests_, calls.new_check())});
      watch(slots_.back(), EPOLL_CTL_ADD);
    }
  }

  LoadResult run(const AtWindow& at_window) {
    begin_ = Clock::now();
    window_begin_ = begin_ + load_.warm_up;
    window_end_ = window_begin_ + load_.window;
    if (!open_loop()) start_all();
    serve_until(window_begin_);
    at_window();
    const Instant counted_from = Clock::now();
    counting_ = true;
    serve_until(window_end_);
    counting_ = false;
    result_.elapsed = Clock::now() - counted_from;
    at_window();
    calling_ = false;
    while (outstanding_ > 0) serve(kLookMs);
    return result_;
  }

 private:
  struct Slot {
    LoadConnection connection;
    bool awaits_room = false;
  };

  bool open_loop() const { return load_.rate > 0; }

  void watch(Slot& slot, int operation) {
    epoll_event event{};
    event.events = EPOLLIN | (slot.awaits_room ? EPOLLOUT : 0U);
    event.data.ptr = &slot;
    if (::epoll_ctl(epoll_.get(), operation, slot.connection.fd(), &event) != 0) {
      throw LoadError(fmt::format("cannot watch a connection: {}", reason(errno)));
    }
  }

  void serve_until(Instant end) {
    // An open loop never sleeps: it would wake up late, which would count against the server.
    for (Instant now = Clock::now(); now < end || counted_nothing(); now = Clock::now()) {
      if (open_loop()) start_due(now);
      serve(open_loop() ? 0 : kLookMs);
    }
    if (open_loop()) start_due(end);
  }

  /// A busy machine may let neither side run for as long as a short window is.
  bool counted_nothing() const { return counting_ && result_.calls == 0; }

  void start_all() {
    for (Slot& slot : slots_) start(slot, load_.depth, begin_);
    for (Slot& slot : slots_) send(slot);
  }

  /// Open loop: starts the calls whose time has come, on each connection in turn.
  void start_due(Instant now) {
    const std::uint64_t first = started_;
    for (Instant due = start_of(started_); due < now; due = start_of(++started_)) {
      start(slot_of(started_), 1, due);
    }
    const std::uint64_t last = std::min<std::uint64_t>(started_, first + slots_.size());
    for (std::uint64_t call = first; call < last; ++call) send(slot_of(call));
  }

  Slot& slot_of(std::uint64_t call) { return slots_[call % slots_.size()]; }

  Instant start_of(std::uint64_t call) const {
    const double ns = static_cast<double>(call) * 1e9 / load_.rate;
    return begin_ + std::chrono::nanoseconds(static_cast<std::int64_t>(ns));
  }

  void start(Slot& slot, std::size_t calls, Instant at) {
    if (outstanding_ == 0) progress_ = Clock::now();
    slot.connection.call(calls, at);
    outstanding_ += calls;
  }

  void send(Slot& slot) {
    if (slot.awaits_room) return;
    slot.connection.flush();
    await_room(slot, slot.connection.owes());
  }

  void await_room(Slot& slot, bool awaits) {
    if (slot.awaits_room == awaits) return;
    slot.awaits_room = awaits;
    watch(slot, EPOLL_CTL_MOD);
  }

  /// What has happened on the connections; waits so long for something to.
  void serve(int wait_ms) {
    std::array<epoll_event, 256> events;
    const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), wait_ms);
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      Slot& slot = *static_cast<Slot*>(event.data.ptr);
      if ((event.events & ~std::uint32_t{EPOLLOUT}) != 0) receive(slot);
      if ((event.events & EPOLLOUT) != 0) {
        slot.connection.flush();
        await_room(slot, slot.connection.owes());
      }
    }
    if (outstanding_ > 0 && count <= 0 && Clock::now() - progress_ > load_.patience) give_up();
  }

  void receive(Slot& slot) {
    const std::size_t before = slot.connection.outstanding();
    slot.connection.receive(on_replies_);
    const std::size_t answered = before - slot.connection.outstanding();
    outstanding_ -= answered;
    if (answered == 0 || !calling_ || open_loop()) return;
    start(slot, answered, progress_);
    send(slot);
  }

  void record(Instant start, std::size_t replies) {
    progress_ = Clock::now();
    if (counting_) result_.calls += replies;
    const bool counts = open_loop() ? start >= window_begin_ && start < window_end_ : counting_;
    if (counts) result_.latencies.record(progress_ - start, replies);
  }

  [[noreturn]] void give_up() {
    const auto silent = std::find_if(slots_.begin(), slots_.end(),
                                     [](const Slot& slot) { return slot.connection.outstanding() > 0; });
    silent->connection.fail(fmt::format("no reply for {} ms", load_.patience.count()));
  }

  const Load load_;
  RepeatedBytes requests_;
  Descriptor epoll_;
  std::deque<Slot> slots_;  // never moved: epoll points at them
  const LoadConnection::OnReplies on_replies_ = [this](Instant start, std::size_t n) { record(start, n); };
  Instant begin_;
  Instant window_begin_;
  Instant window_end_;
  /// When the last reply came, or a call began while none was outstanding.
  Instant progress_;
  /// Open loop: calls so far.
  std::uint64_t started_ = 0;
  std::uint64_t outstanding_ = 0;
  bool calling_ = true;
  bool counting_ = false;
  LoadResult result_;
};

}  // namespace

double LoadResult::calls_per_second() const {
  return static_cast<double>(calls) / std::chrono::duration<double>(elapsed).count();
}

LoadResult run_load(const wire::Endpoint& endpoint, const MeasuredCalls& calls, const Load& load,
                    const AtWindow& at_window) {
  return LoadGenerator(endpoint, calls, load).run(at_window);
}

}  // namespace timeservice::bench
