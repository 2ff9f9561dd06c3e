#include "server/host/tls_readiness.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace timeservice::host {
namespace {

bool watch(int epoll, int operation, int fd, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  return ::epoll_ctl(epoll, operation, fd, &event) == 0;
}

}  // namespace

TlsReadiness::TlsReadiness(const Connection& connection)
    : connection_(connection),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      events_(connection.events_to_receive()) {
  if (epoll_ >= 0 && watch(epoll_, EPOLL_CTL_ADD, connection_.fd(), events_)) return;
  const int error = errno;
  if (epoll_ >= 0) ::close(epoll_);
  throw std::system_error(error, std::generic_category());
}

TlsReadiness::~TlsReadiness() { ::close(epoll_); }

void TlsReadiness::update() {
  const std::uint32_t events = connection_.events_to_receive();
  if (events == events_) return;
  events_ = events;
  watch(epoll_, EPOLL_CTL_MOD, connection_.fd(), events);
}

}  // namespace timeservice::host
