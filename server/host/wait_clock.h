#pragma once

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <span>

namespace timeservice::host {

/// What is known of when a connection's last bytes arrived.
struct Receipt {
  /// The kernel's stamp of the last of them, by the wall clock; zero: it gave none.
  std::chrono::nanoseconds stamp{0};
};

/// Tells since when bytes have waited at this machine: from the kernel's stamps where it
/// gives them (TCP), else from when the host knew of them.
///
/// Stamps are of the wall clock, which may be set while bytes wait. So each look is a look for a
/// step of that clock, and a stamp from before the last one that was seen does not count. One
/// that was made before a step back may seem to be from after it; its bytes then seem to
/// have waited less than they have, which sheds nothing. Any thread.
class WaitClock {
 public:
  using Time = std::chrono::nanoseconds;
  struct Now {
    Time monotonic;
    Time wall;
    /// Whether both are of one moment.
    bool together = true;
  };
  using Read = Now (*)();

  explicit WaitClock(Read read = &read_clocks);

  /// When bytes arrived, by the monotonic clock, that are read now and that the host has
  /// known of since `known_at`.
  Time arrival(const Receipt& receipt, Time known_at);

  static Now read_clocks();

 private:
  void look_for_step(const Now& now);

  const Read read_;
  /// The wall clock before the monotonic one, at the last look.
  std::atomic<std::int64_t> ahead_;
  /// When a step was last seen; 0: never.
  std::atomic<std::int64_t> stepped_at_ = 0;
};

/// Has the kernel stamp what arrives on a socket from now on, or on those that it accepts.
/// Unix sockets give none.
void ask_for_stamps(int fd);
/// recv() from such a socket, which writes down what `receipt` is to know.
ssize_t receive_stamped(int fd, std::span<std::uint8_t> room, int flags, Receipt& receipt);

}  // namespace timeservice::host
