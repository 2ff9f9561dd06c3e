#include "client/async_link.h"

#include <array>
#include <exception>
#include <utility>
#include <variant>

#include <boost/asio/error.hpp>

#include "client/tls_refusal.h"
#include "wire/message_type.h"
#include "wire/protocol.h"

namespace timeservice::client {
namespace {

namespace asio = boost::asio;
using apache::thrift::protocol::T_CALL;
using boost::system::error_code;

constexpr std::size_t kReadAtLeast = 16 * 1024;
/// What is kept for the next replies; a larger buffer is given back.
constexpr std::size_t kKeptInput = 256 * 1024;
constexpr std::array<std::uint8_t, 4> kFrameHead = {};

void seal_frame(std::span<std::uint8_t> frame) {
  const std::size_t size = frame.size() - kFrameHead.size();
  for (std::size_t i = 0; i < kFrameHead.size(); ++i) {
    frame[i] = static_cast<std::uint8_t>(size >> (24 - 8 * i));
  }
}

}  // namespace

AsyncLink::AsyncLink(AsyncStream stream, AsyncPeer peer, AsyncLinkOwner& owner)
    : stream_(std::move(stream)),
      peer_(peer),
      owner_(owner),
      cutter_({peer.options.protocol, peer.options.transport}, peer.options.limits),
      message_(std::make_shared<wire::MessageInput>(peer.options.limits.nesting)),
      replies_(wire::make_protocol(peer.options.protocol, message_, peer.options.limits)),
      last_arrival_(Clock::now()),
      gathered_(make_requests()),
      under_way_(make_requests()) {}

AsyncLink::Requests AsyncLink::make_requests() const {
  auto bytes = std::make_shared<wire::MessageOutput>();
  auto protocol = wire::make_protocol(peer_.options.protocol, bytes, peer_.options.limits);
  return {std::move(bytes), std::move(protocol)};
}

void AsyncLink::start() { read(); }

void AsyncLink::send(std::int32_t number, AsyncCall& call) {
  const std::size_t start = gathered_.bytes->written().size();
  if (framed()) gathered_.bytes->write(kFrameHead.data(), kFrameHead.size());
  gathered_.protocol->writeMessageBegin(std::string(call.method()), T_CALL, number);
  call.write_arguments(*gathered_.protocol);
  gathered_.protocol->writeMessageEnd();
  if (framed()) seal_frame(gathered_.bytes->written().subspan(start));
}

void AsyncLink::flush() {
  if (closed_ || writing_ || gathered_.bytes->written().empty()) return;
  std::swap(gathered_, under_way_);
  written_ = 0;
  writing_ = true;
  write();
}

void AsyncLink::write() {
  last_progress_ = Clock::now();
  const auto rest = under_way_.bytes->written().subspan(written_);
  stream_.async_write_some(rest, [self = shared_from_this()](const error_code& error, std::size_t count) {
    self->on_written(error, count);
  });
}

void AsyncLink::on_written(const error_code& error, std::size_t count) {
  // A server that goes away may have left replies, and then its end: read() finds both.
  if (closed_ || error) return;
  written_ += count;
  if (written_ < under_way_.bytes->written().size()) return write();
  under_way_.bytes->clear();
  writing_ = false;
  flush();
}

std::optional<AsyncLink::Clock::time_point> AsyncLink::blocked_since() const {
  if (!writing_) return std::nullopt;
  return last_progress_;
}

void AsyncLink::read() {
  stream_.async_read_some(input_.room(kReadAtLeast),
                          [self = shared_from_this()](const error_code& error, std::size_t count) {
                            self->on_read(error, count);
                          });
}

void AsyncLink::on_read(const error_code& error, std::size_t count) {
  if (closed_) return;
  if (error) return end(failure_of(error));
  last_arrival_ = Clock::now();
  input_.filled(count);
  if (!std::exchange(replied_, true) && stream_.tls() == nullptr && is_tls_alert(input_.bytes()))
    return end(refused(peer_, tls_only(peer_.endpoint)));
  take_messages();
  if (closed_) return;
  input_.release_if_empty(kKeptInput);
  read();
}

AsyncFailure AsyncLink::failure_of(const error_code& error) const {
  const TlsSession* const tls = stream_.tls();
  if (tls != nullptr && error == boost::system::errc::protocol_error) {
    if (const auto refusal = tls->late_refusal()) return refused(peer_, *refusal);
    return tls_broken(peer_, tls->failure());
  }
  return connection_lost(peer_, error == asio::error::eof ? 0 : error.value());
}

void AsyncLink::take_messages() {
  while (!closed_ && !input_.empty()) {
    const auto cut = cutter_.next(input_.bytes());
    if (std::holds_alternative<wire::NeedMore>(cut)) return;
    if (const auto* error = std::get_if<wire::WireError>(&cut)) {
      return end(protocol_mismatch(peer_, std::string(wire::name(*error))));
    }
    const auto& message = std::get<wire::Message>(cut);
    take_message(message.payload);
    input_.consume(message.consumed);
  }
}

void AsyncLink::take_message(std::span<const std::uint8_t> message) {
  try {
    // Thrift would load whatever number stands there into its enumeration.
    if (wire::message_type(peer_.options.protocol, message) == 0) {
      return end(protocol_mismatch(peer_, "a message of no type"));
    }
    message_->reset(message);
    ReplyHead head;
    replies_->readMessageBegin(head.method, head.type, head.number);
    owner_.on_reply(head, *replies_);
  } catch (const TlsRefused& why) {
    end(refused(peer_, why.why()));
  } catch (const std::exception& error) {
    end(protocol_mismatch(peer_, error.what()));
  }
}

void AsyncLink::close() {
  closed_ = true;
  stream_.close();
}

void AsyncLink::end(const AsyncFailure& why) {
  close();
  owner_.on_end(why);
}

}  // namespace timeservice::client
