#include "server/host/signals.h"

#include <signal.h>

namespace timeservice::host {
namespace {

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

}  // namespace

Signals::Signals() {
  const sigset_t set = stop_signals();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
}

int Signals::wait() {
  const sigset_t set = stop_signals();
  int number = 0;
  while (::sigwait(&set, &number) != 0) {
  }
  return number;
}

}  // namespace timeservice::host
