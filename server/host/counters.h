#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "server/host/busy_counter.h"
#include "wire/wire_error.h"

namespace timeservice::host {

/// What the host has seen since it started, the same in every mode. Any thread
/// may add and read; each number only grows.
struct Counters {
  std::atomic<std::uint64_t> connections_accepted = 0;
  std::atomic<std::uint64_t> connections_closed = 0;
  /// Closed at once: max_connections were open.
  std::atomic<std::uint64_t> connections_refused = 0;
  /// Closed at once: too many TLS handshakes were under way.
  std::atomic<std::uint64_t> handshakes_refused = 0;
  /// Closed because no call came for the idle timeout.
  std::atomic<std::uint64_t> connections_idle_closed = 0;
  /// accept() failed: no descriptors, or the client was gone already.
  std::atomic<std::uint64_t> accept_errors = 0;
  /// Calls that were answered with an exception and not run, by what they met.
  std::atomic<std::uint64_t> calls_shed_queue_timeout = 0;
  std::atomic<std::uint64_t> calls_shed_in_flight = 0;
  /// Calls of methods that the service does not have.
  std::atomic<std::uint64_t> calls_unknown_method = 0;
  /// Turns of calls that were looked at and found slow; see Workers.
  std::atomic<std::uint64_t> slow_turns = 0;
  // With every call:
  BusyCounter messages_in;
  BusyCounter bytes_in;
  BusyCounter bytes_out;
  /// What clients were sent in reply, before TLS; none of it is TLS's own.
  BusyCounter replies_out;
  /// Connections lost by reason; the order of wire::WireError.
  std::array<std::atomic<std::uint64_t>, wire::kWireErrors.size()> wire_errors = {};

  void count(wire::WireError error) {
    wire_errors[static_cast<std::size_t>(error)].fetch_add(1, std::memory_order_relaxed);
  }
  std::uint64_t of(wire::WireError error) const {
    return wire_errors[static_cast<std::size_t>(error)].load(std::memory_order_relaxed);
  }
  std::uint64_t connections_open() const {
    const std::uint64_t closed = connections_closed;  // first, or more might have closed than come
    const std::uint64_t accepted = connections_accepted;
    return accepted > closed ? accepted - closed : 0;  // one is counted a moment after it is there
  }
};

}  // namespace timeservice::host
