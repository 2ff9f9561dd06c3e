#include "server/host/arrivals.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include "server/host/start_error.h"

namespace timeservice::host {

Arrivals::Arrivals(Gate& gate)
    : gate_(gate), count_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE)) {
  if (count_ < 0) throw StartError("cannot start: no descriptors left; raise ulimit -n");
  thread_ = std::thread([this] {
    while (auto connection = gate_.next()) push(std::move(connection));
  });
}

Arrivals::~Arrivals() {
  gate_.interrupt();
  thread_.join();
  ::close(count_);
}

void Arrivals::push(std::shared_ptr<Connection> connection) {
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(connection));
  }
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(count_, &one, sizeof one);
}

std::shared_ptr<Connection> Arrivals::take() {
  std::uint64_t one = 0;
  [[maybe_unused]] const ssize_t read = ::read(count_, &one, sizeof one);
  const std::lock_guard lock(mutex_);
  auto connection = std::move(queue_.front());
  queue_.pop_front();
  return connection;
}

}  // namespace timeservice::host
