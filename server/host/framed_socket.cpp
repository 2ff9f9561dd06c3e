#include "server/host/framed_socket.h"

#include <sys/socket.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstdlib>
#include <variant>

#include <thrift/transport/TTransportException.h>

#include "wire/big_endian.h"

namespace timeservice::host {
namespace {

using apache::thrift::transport::TTransportException;

constexpr std::string_view kFramedOnly =
    "--mode nonblocking takes framed messages only: let the client use a framed transport, or the server "
    "another --mode";

}  // namespace

FramedSocket::FramedSocket(std::shared_ptr<Connection> connection, const HostOptions& options)
    : TSocket(connection->fd()), connection_(std::move(connection)), limits_(options.limits) {}

// The descriptor is the connection's: the base class must find nothing to close.
FramedSocket::~FramedSocket() { FramedSocket::close(); }

std::uint32_t FramedSocket::read(std::uint8_t* buf, std::uint32_t len) {
  if (connection_->aborted()) return 0;  // a shut down socket still gives out what it has
  const ssize_t got = ::recv(socket_, buf, len, MSG_DONTWAIT);
  if (got < 0) {
    // The server asks again at the next event when it finds this word.
    if (errno == EAGAIN || errno == EINTR) throw TTransportException(TTransportException::TIMED_OUT, "retry");
    return 0;
  }
  if (got == 0) {
    if (connection_->still_delivering()) throw TTransportException(TTransportException::TIMED_OUT, "retry");
    const bool inside = head_bytes_ > 0 || payload_left_ > 0;
    if (inside && !connection_->reading_stopped()) connection_->refuse(wire::WireError::kTruncated);
    return 0;
  }
  const auto count = static_cast<std::uint32_t>(got);
  connection_->count_received(count);
  watch_frames(buf, count);
  return count;
}

// The server reads a frame's length and its payload apart, never across frames.
void FramedSocket::watch_frames(const std::uint8_t* bytes, std::uint32_t count) {
  if (payload_left_ > 0) {
    payload_left_ -= count;
    // From here on it waits for the host: for a worker, and then its handler.
    if (payload_left_ == 0) connection_->enter(Connection::Phase::kCalling);
    return;
  }
  if (head_bytes_ == 0) connection_->enter(Connection::Phase::kReading);
  std::copy_n(bytes, count, head_.begin() + static_cast<std::ptrdiff_t>(head_bytes_));
  head_bytes_ += count;
  check_head();
}

void FramedSocket::check_head() {
  if (!detected_) {
    const wire::Detection detection = wire::detect(std::span(head_).first(head_bytes_));
    if (const auto* error = std::get_if<wire::WireError>(&detection)) refuse(*error);
    if (std::holds_alternative<wire::Dialect>(detection))
      refuse(wire::WireError::kTransportRefused, kFramedOnly);
  }
  if (head_bytes_ < head_.size()) return;
  detected_ = true;
  head_bytes_ = 0;
  const std::uint32_t length = wire::read_big_endian32(head_.data());
  if (length > 0x7fffffffu) refuse(wire::WireError::kNegativeSize);
  if (length > limits_.message_bytes) refuse(wire::WireError::kMessageTooLarge);
  if (length == 0) refuse(wire::WireError::kMalformed);
  // The server takes this memory at once, and cannot go on where there is none.
  if (length > wire::Limits{}.message_bytes) {
    void* const trial = std::malloc(std::bit_ceil(std::size_t{length} + head_.size()));
    if (trial == nullptr) refuse(wire::WireError::kMessageTooLarge, "there is no memory for it");
    std::free(trial);
  }
  payload_left_ = length;
}

void FramedSocket::refuse(wire::WireError error, std::string_view detail) {
  connection_->refuse(error, detail);
  throw TTransportException(TTransportException::CORRUPTED_DATA, "refused");
}

std::uint32_t FramedSocket::write_partial(const std::uint8_t* buf, std::uint32_t len) {
  const ssize_t sent = ::send(socket_, buf, len, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < 0) {
    if (errno == EAGAIN || errno == EINTR) return 0;
    throw TTransportException(TTransportException::NOT_OPEN, "the client is gone", errno);
  }
  connection_->count_sent(static_cast<std::size_t>(sent));
  // The server passes all that is left, so this was the reply's end or was not.
  const bool done = static_cast<std::uint32_t>(sent) == len;
  connection_->enter(done ? Connection::Phase::kIdle : Connection::Phase::kWriting);
  return static_cast<std::uint32_t>(sent);
}

void FramedSocket::close() {
  socket_ = THRIFT_INVALID_SOCKET;
  connection_->close();
}

}  // namespace timeservice::host
