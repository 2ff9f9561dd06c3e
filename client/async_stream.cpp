#include "client/async_stream.h"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/error_code.hpp>

namespace timeservice::client {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Status = TlsSession::Status;

error_code error_of(const TlsSession& tls, Status status) {
  if (status == Status::kDone) return {};
  if (status == Status::kFailed) return make_error_code(boost::system::errc::protocol_error);
  if (tls.error() == 0) return asio::error::eof;
  return {tls.error(), boost::system::system_category()};
}

}  // namespace

void AsyncStream::read_some(std::span<std::uint8_t> room, Done done) {
  go_on(tls_->receive(room), std::move(done),
        [this, room](Done later) { read_some(room, std::move(later)); });
}

void AsyncStream::write_some(std::span<const std::uint8_t> bytes, Done done) {
  go_on(tls_->send(bytes), std::move(done),
        [this, bytes](Done later) { write_some(bytes, std::move(later)); });
}

void AsyncStream::go_on(TlsSession::Result result, Done done, std::function<void(Done)> again) {
  const Status status = result.status;
  if (status != Status::kWantsBytes && status != Status::kWantsRoom) {
    asio::post(socket_.get_executor(), [done = std::move(done), error = error_of(*tls_, status),
                                        count = result.bytes] { done(error, count); });
    return;
  }
  socket_.async_wait(status == Status::kWantsBytes ? Socket::wait_read : Socket::wait_write,
                     [this, done = std::move(done), again = std::move(again)](error_code error) mutable {
                       // It may be closed by now, and its descriptor somebody else's.
                       if (!error && !socket_.is_open()) error = asio::error::operation_aborted;
                       if (error) return done(error, 0);
                       again(std::move(done));
                     });
}

void AsyncStream::close() {
  if (tls_ && socket_.is_open()) tls_->finish();
  error_code ignored;
  socket_.shutdown(Socket::shutdown_both, ignored);
  socket_.close(ignored);
}

}  // namespace timeservice::client
