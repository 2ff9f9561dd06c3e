#include "server/host/signals.h"

#include <signal.h>

#include <ctime>

namespace timeservice::host {
namespace {

sigset_t awaited_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGHUP);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

/// Far longer than a wrapper takes, and shorter than anybody notices.
constexpr timespec kMoment{.tv_sec = 0, .tv_nsec = 20'000'000};

}  // namespace

Signals::Signals() {
  const sigset_t set = awaited_signals();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  // A file that may not grow is a write that fails, for whoever writes it.
  ::signal(SIGXFSZ, SIG_IGN);
}

int Signals::wait() {
  const sigset_t set = awaited_signals();
  int number = 0;
  while (::sigwait(&set, &number) != 0) {
  }
  sigset_t same;
  sigemptyset(&same);
  sigaddset(&same, number);
  while (::sigtimedwait(&same, nullptr, &kMoment) == number) {
  }
  return number;
}

bool is_stop(int signal) { return signal != SIGHUP; }

}  // namespace timeservice::host
