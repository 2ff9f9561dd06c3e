#include "bench/load_connection.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include <fmt/format.h>

namespace timeservice::bench {
namespace {

constexpr std::size_t kReadAtOnce = std::size_t{256} * 1024;

/// Where every connection of this thread reads to.
Bytes& read_buffer() {
  thread_local Bytes buffer(kReadAtOnce);
  return buffer;
}

}  // namespace

LoadConnection::LoadConnection(Descriptor socket, const RepeatedBytes& requests,
                               std::unique_ptr<ReplyCheck> check)
    : socket_(std::move(socket)), requests_(requests), check_(std::move(check)) {
  make_nonblocking(socket_);
}

void LoadConnection::call(std::size_t count, Instant start) {
  batches_.push_back({start, count});
  outstanding_ += count;
  requests_.owe(count);
}

void LoadConnection::flush() {
  if (const int error = requests_.flush(socket_.get()); error != 0) fail(reason(error));
}

void LoadConnection::receive(const OnReplies& on_replies) {
  Bytes& buffer = read_buffer();
  const std::size_t kept = partial_.size();
  std::copy(partial_.begin(), partial_.end(), buffer.begin());
  const ssize_t got = ::recv(socket_.get(), buffer.data() + kept, buffer.size() - kept, 0);
  if (got < 0 && would_wait(errno)) return;
  if (got < 0) fail(reason(errno));
  if (got == 0) fail("the server closed the connection");
  answered(take_replies({buffer.data(), kept + static_cast<std::size_t>(got)}), on_replies);
}

std::size_t LoadConnection::take_replies(std::span<const std::uint8_t> bytes) {
  const std::size_t size = check_->reply_size();
  std::size_t replies = 0;
  for (; bytes.size() >= size; bytes = bytes.subspan(size)) {
    check_->check(bytes.first(size));
    ++replies;
  }
  partial_.assign(bytes.begin(), bytes.end());
  return replies;
}

void LoadConnection::answered(std::size_t replies, const OnReplies& on_replies) {
  if (replies > outstanding_) {
    throw WrongReply(fmt::format("{} replies more than calls", replies - outstanding_));
  }
  outstanding_ -= replies;
  while (replies > 0) {
    Batch& batch = batches_.front();
    const std::size_t count = std::min(replies, batch.calls);
    on_replies(batch.start, count);
    replies -= count;
    batch.calls -= count;
    if (batch.calls == 0) batches_.pop_front();
  }
}

void LoadConnection::fail(std::string_view why) const {
  const std::string held = partial_.empty()
                               ? std::string()
                               : fmt::format(", after '{}', which is no whole reply", shown(partial_));
  throw LoadError(fmt::format("{} with {} calls unanswered{}", why, outstanding_, held));
}

}  // namespace timeservice::bench
