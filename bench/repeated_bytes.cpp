#include "bench/repeated_bytes.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace timeservice::bench {
namespace {

/// More than a socket's buffer takes at once.
constexpr std::size_t kLeastBlock = std::size_t{512} * 1024;

}  // namespace

RepeatedBytes::RepeatedBytes(std::span<const std::uint8_t> unit) : unit_size_(unit.size()) {
  while (block_.size() < kLeastBlock) block_.insert(block_.end(), unit.begin(), unit.end());
}

std::span<const std::uint8_t> RepeatedBytes::from(std::size_t phase, std::size_t bytes) const {
  return std::span(block_).subspan(phase, std::min(bytes, block_.size() - phase));
}

int RepeatedSend::flush(int socket) {
  while (owed_ > 0) {
    const auto block = bytes_->from(phase_, owed_);
    const ssize_t sent = ::send(socket, block.data(), block.size(), MSG_NOSIGNAL);
    if (sent < 0) return would_wait(errno) ? 0 : errno;
    owed_ -= static_cast<std::size_t>(sent);
    phase_ = (phase_ + static_cast<std::size_t>(sent)) % bytes_->unit_size();
  }
  return 0;
}

bool would_wait(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

}  // namespace timeservice::bench
