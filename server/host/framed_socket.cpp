#include "server/host/framed_socket.h"

#include <sys/socket.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <thread>
#include <utility>
#include <variant>

#include <thrift/transport/TTransportException.h>

#include "wire/big_endian.h"

namespace timeservice::host {
namespace {

using apache::thrift::transport::TTransportException;

}  // namespace

FramedSocket::FramedSocket(std::shared_ptr<Connection> connection, Arrivals& arrivals,
                           const HostOptions& options, bool timed)
    : TSocket(connection->fd()),
      connection_(std::move(connection)),
      arrivals_(arrivals),
      limits_(options.limits),
      timed_(timed) {
  if (!connection_->is_tls()) return;
  try {
    readiness_.emplace(*connection_);
    socket_ = readiness_->poll_fd();
  } catch (const std::system_error&) {
    connection_->abort();  // no descriptors; thrown, it would end the server
  }
}

// The descriptor is the connection's: the base class must find nothing to close.
FramedSocket::~FramedSocket() { FramedSocket::close(); }

std::uint32_t FramedSocket::read(std::uint8_t* buf, std::uint32_t len) {
  looked_at_ = true;
  try {
    const std::uint32_t got = receive(buf, len);
    // After a frame's length the server reads on by itself; after a part of the frame it waits.
    if (readiness_ && got > 0 && (got < len || !hasPendingDataToRead())) readiness_->update();
    return got;
  } catch (const TTransportException&) {
    if (readiness_) readiness_->update();
    throw;
  }
}

std::uint32_t FramedSocket::receive(std::uint8_t* buf, std::uint32_t len) {
  // It was refused and told so, and is closed where it does not leave by itself.
  if (connection_->phase() == Connection::Phase::kLeaving) return 0;
  if (connection_->aborted()) return 0;  // a shut down socket still gives out what it has
  const auto got = connection_->try_receive({buf, len});
  // The server asks again at the next event when it finds this word.
  if (!got) throw TTransportException(TTransportException::TIMED_OUT, "retry");
  if (*got == 0) {
    if (connection_->discard_late_while_delivering()) {
      std::this_thread::sleep_for(kDeliveryPause);
      throw TTransportException(TTransportException::TIMED_OUT, "retry");
    }
    const bool inside = head_bytes_ > 0 || payload_left_ > 0;
    if (inside && !connection_->reading_stopped()) connection_->refuse(wire::WireError::kTruncated);
    return 0;
  }
  const auto count = static_cast<std::uint32_t>(*got);
  watch_frames(buf, count);
  return count;
}

// The server reads a frame's length and its payload apart, never across frames.
void FramedSocket::watch_frames(const std::uint8_t* bytes, std::uint32_t count) {
  if (payload_left_ > 0) {
    payload_left_ -= count;
    // From here on it waits for the host: for a worker, and then its handler.
    if (payload_left_ == 0) {
      connection_->enter(Connection::Phase::kCalling);
      if (timed_) read_at_ = precise_now();
    }
    return;
  }
  // A record that came in part began the message's time already.
  const bool begins = head_bytes_ == 0 && connection_->phase() != Connection::Phase::kReading;
  if (begins) connection_->enter(Connection::Phase::kReading);
  std::copy_n(bytes, count, head_.begin() + static_cast<std::ptrdiff_t>(head_bytes_));
  head_bytes_ += count;
  check_head();
}

void FramedSocket::check_head() {
  if (!detected_) {
    const wire::Detection detection = wire::detect(std::span(head_).first(head_bytes_));
    const bool plain = connection_->plain_at_tls();
    if (const auto* error = std::get_if<wire::WireError>(&detection))
      refuse(plain ? wire::WireError::kPlain : *error);
    if (std::holds_alternative<wire::Dialect>(detection))
      refuse(plain ? wire::WireError::kPlain : wire::WireError::kTransportRefused);
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
  const auto sent = connection_->try_send({buf, len});
  if (!sent) throw TTransportException(TTransportException::NOT_OPEN, "the client is gone");
  // The server passes all that is left, so this was the reply's end or was not.
  if (*sent < len) {
    connection_->enter(Connection::Phase::kWriting);
    return static_cast<std::uint32_t>(*sent);
  }
  if (connection_->refused()) {
    connection_->enter(Connection::Phase::kLeaving);
    connection_->finish_sending();
  } else {
    connection_->enter(Connection::Phase::kIdle);
  }
  if (readiness_) socket_ = readiness_->poll_fd();
  return len;
}

// The server closes a connection unread when the event loop that should have it does
// not listen yet, or has a full pipe (0.17). The client has done nothing wrong.
void FramedSocket::close() {
  const bool open = std::exchange(socket_, THRIFT_INVALID_SOCKET) != THRIFT_INVALID_SOCKET;
  readiness_.reset();
  if (open && !looked_at_ && !connection_->aborted()) {
    arrivals_.give_back(connection_);
  } else if (open) {
    connection_->close();
  }
}

}  // namespace timeservice::host
