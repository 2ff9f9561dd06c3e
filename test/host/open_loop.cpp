#include "test/host/open_loop.h"

#include <sys/socket.h>

#include <stdexcept>

#include "test/host/overload_clients.h"
#include "test/support/written_call.h"

namespace timeservice::test {
namespace {

constexpr std::chrono::milliseconds kPatience{150};

}  // namespace

OpenLoop::OpenLoop(const wire::Endpoint& endpoint, int clients)
    : call_(written(kFramedBinary, [](EchoClient& c) { c.send_notes(); })) {
  for (int i = 0; i < clients; ++i) {
    clients_.push_back(std::make_unique<Client>(endpoint));
    polled_.push_back({.fd = clients_.back()->connection.fd(), .events = POLLIN, .revents = 0});
  }
}

void OpenLoop::run(double rate, std::chrono::milliseconds time) {
  const auto began = Clock::now();
  for (auto now = began; now - began < time; now = Clock::now()) {
    const auto due = static_cast<std::uint64_t>(rate * std::chrono::duration<double>(now - began).count());
    while (sent_ < due) send(*clients_[sent_ % clients_.size()]);
    receive(1);
  }
}

void OpenLoop::run_closed(std::chrono::milliseconds time) {
  const auto began = Clock::now();
  for (auto& client : clients_) send(*client);
  while (Clock::now() - began < time) receive(1, true);
}

bool OpenLoop::all_answered() {
  const auto until = Clock::now() + std::chrono::seconds(60);
  while (useful_ + late_ + shed_ < sent_ && Clock::now() < until) receive(10);
  return useful_ + late_ + shed_ == sent_;
}

void OpenLoop::send(Client& client) {
  client.connection.send(call_);
  client.asked.push_back(Clock::now());
  ++sent_;
}

void OpenLoop::receive(int wait_ms, bool send_next) {
  if (::poll(polled_.data(), polled_.size(), wait_ms) <= 0) return;
  for (std::size_t i = 0; i < polled_.size(); ++i) {
    if (polled_[i].revents == 0) continue;
    char room[16384];
    const ssize_t got = ::recv(polled_[i].fd, room, sizeof room, MSG_DONTWAIT);
    if (got <= 0) throw std::runtime_error("the server closed a connection");
    clients_[i]->bytes.append(room, static_cast<std::size_t>(got));
    for (int replies = count(*clients_[i]); send_next && replies > 0; --replies) send(*clients_[i]);
  }
}

int OpenLoop::count(Client& client) {
  std::string& bytes = client.bytes;
  int replies = 0;
  std::size_t at = 0;
  while (bytes.size() - at >= 8) {
    const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(bytes[at + i]); };
    const std::size_t size = std::size_t{4} + (byte(2) << 8 | byte(3));
    if (bytes.size() - at < size) break;
    const bool in_time = Clock::now() - client.asked.front() < kPatience;
    client.asked.pop_front();
    ++(byte(7) != apache::thrift::protocol::T_REPLY ? shed_ : in_time ? useful_ : late_);
    ++replies;
    at += size;
  }
  bytes.erase(0, at);
  return replies;
}

}  // namespace timeservice::test
