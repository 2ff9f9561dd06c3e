#pragma once

#include <sys/epoll.h>

#include <cstddef>
#include <span>

namespace timeservice::host {

/// Sockets that are waited for all at once, and stay so until told otherwise: waiting for
/// the next call of a connection then costs no system call (epoll, level-triggered).
/// One thread at a time.
class ReadySet {
 public:
  enum class For { kNothing, kBytes, kRoom };

  /// Throws StartError where the process has no descriptors left.
  ReadySet();
  ~ReadySet();
  ReadySet(const ReadySet&) = delete;
  ReadySet& operator=(const ReadySet&) = delete;

  /// Readable while a socket in the set is ready.
  int poll_fd() const { return epoll_; }

  /// Waits on `fd` for something else than until now. `who` comes back with the
  /// events. False: the system has no memory for it.
  bool change(int fd, For from, For to, void* who);

  /// Those that are ready now, as many as `room` holds. Never waits.
  std::span<epoll_event> ready(std::span<epoll_event> room);

 private:
  int epoll_;
};

}  // namespace timeservice::host
