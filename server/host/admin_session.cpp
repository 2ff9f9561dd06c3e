#include "server/host/admin_session.h"

#include <string>
#include <utility>

#include <boost/beast/core/stream_traits.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>

namespace timeservice::host {
namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;

/// Of a request: its line and headers, and its body, which nobody reads.
constexpr std::uint32_t kMostHeaderBytes = 8 * 1024;
constexpr std::uint64_t kMostBodyBytes = 8 * 1024;
constexpr std::size_t kMostBufferedBytes = 2 * kMostHeaderBytes;
constexpr std::size_t kReadBytes = 4096;
constexpr std::chrono::seconds kLeaveWithin{2};
constexpr std::size_t kMostDiscardedBytes = 256 * 1024;

/// Methods are words in capitals. Thrift's and TLS's first bytes are none.
bool begins_like_http(char first) { return first >= 'A' && first <= 'Z'; }

}  // namespace

AdminSession::AdminSession(Socket socket, const Owner& owner)
    : owner_(owner), stream_(std::move(socket)), buffer_(kMostBufferedBytes) {}

AdminSession::~AdminSession() { owner_.gone(this); }

void AdminSession::start() { wait_for_request(); }

void AdminSession::close() { stream_.close(); }

void AdminSession::enter(Phase phase, std::chrono::milliseconds patience) {
  phase_ = phase;
  since_ = std::chrono::steady_clock::now();
  stream_.expires_after(patience);
}

void AdminSession::wait_for_request() {
  if (buffer_.size() > 0) return read_request();
  const bool first = !parser_;
  enter(first ? Phase::kReading : Phase::kIdle, first ? owner_.timeouts.request : owner_.timeouts.idle);
  stream_.async_read_some(buffer_.prepare(kReadBytes),
                          [self = shared_from_this()](error_code error, std::size_t bytes) {
                            if (error) return;
                            self->buffer_.commit(bytes);
                            self->read_request();
                          });
}

void AdminSession::read_request() {
  if (!begins_like_http(*static_cast<const char*>(buffer_.cdata().data()))) return owner_.not_http();
  parser_.emplace();
  parser_->header_limit(kMostHeaderBytes);
  parser_->body_limit(kMostBodyBytes);
  enter(Phase::kReading, owner_.timeouts.request);
  http::async_read(stream_, buffer_, *parser_,
                   [self = shared_from_this()](error_code error, std::size_t) { self->answer(error); });
}

void AdminSession::answer(error_code error) {
  if (!error) return write(respond(owner_.pages, parser_->get()));
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    return write(respond_to_bad_request(431, "a request has at most 8 KiB of headers"));
  }
  if (error == http::error::body_limit) {
    return write(respond_to_bad_request(413, "a request needs no body, and has one of 8 KiB at most"));
  }
  // Of HTTP itself; the others are the connection's end.
  if (error.category() == http::make_error_code(http::error::bad_method).category() &&
      error != http::error::end_of_stream && error != http::error::partial_message) {
    return write(respond_to_bad_request(400, "no HTTP request: " + error.message()));
  }
}

void AdminSession::write(AdminResponse response) {
  response_ = std::move(response);
  enter(Phase::kWriting, owner_.timeouts.request);
  http::async_write(stream_, response_, [self = shared_from_this()](error_code error, std::size_t) {
    if (error) return;
    if (!self->response_.keep_alive()) return self->leave();
    self->response_ = {};
    self->wait_for_request();
  });
}

void AdminSession::leave() {
  error_code ignored;
  stream_.socket().shutdown(Socket::shutdown_send, ignored);
  enter(Phase::kIdle, kLeaveWithin);
  buffer_.clear();
  discard();
}

void AdminSession::discard() {
  stream_.async_read_some(buffer_.prepare(kReadBytes),
                          [self = shared_from_this()](error_code error, std::size_t bytes) {
                            self->discarded_ += bytes;
                            if (!error && self->discarded_ < kMostDiscardedBytes) self->discard();
                          });
}

}  // namespace timeservice::host
