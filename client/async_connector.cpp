#include "client/async_connector.h"

#include <netdb.h>

#include <cerrno>
#include <utility>

#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>

#include "client/client_socket.h"

namespace timeservice::client {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

/// The number of a connect that failed. Asio says "no buffer space" for the "again" of a
/// unix socket whose server has too long a queue.
int number_of(const error_code& error, bool tcp) {
  return !tcp && error == asio::error::no_buffer_space ? EAGAIN : error.value();
}

}  // namespace

AsyncConnector::AsyncConnector(asio::io_context& io, const ClientOptions& options, wire::TlsContext tls,
                               Outcome outcome)
    : io_(io),
      options_(options),
      tls_context_(std::move(tls)),
      outcome_(std::move(outcome)),
      resolver_(io),
      timer_(io),
      socket_(io) {}

void AsyncConnector::start(std::size_t first) {
  busy_ = true;
  endpoint_ = first;
  failures_ = {};
  asio::post(io_, [this, step = ++step_] {
    if (step == step_) try_endpoint();
  });
}

void AsyncConnector::cancel() {
  ++step_;
  busy_ = false;
  resolver_.cancel();
  timer_.cancel();
  tls_.reset();
  error_code ignored;
  socket_.close(ignored);
}

void AsyncConnector::try_endpoint() {
  candidates_.clear();
  candidate_ = 0;
  address_failures_.clear();
  if (endpoint().is_unix()) return add_unix_address();
  error_code error;
  const auto address = asio::ip::make_address(endpoint().host, error);
  if (error) return look_up();
  candidates_.push_back({tcp::endpoint(address, endpoint().port), endpoint().host, true});
  try_address();
}

void AsyncConnector::add_unix_address() {
  try {
    const asio::local::stream_protocol::endpoint address(endpoint().path);
    candidates_.push_back({address, endpoint().path, false});
  } catch (const boost::system::system_error&) {
    address_failures_.push_back({endpoint().path, ENAMETOOLONG});
  }
  try_address();
}

void AsyncConnector::look_up() {
  // Also addresses of a kind that this machine has only on loopback.
  const auto flags = tcp::resolver::numeric_service;
  resolver_.async_resolve(endpoint().host, std::to_string(endpoint().port), flags,
                          [this, step = ++step_](error_code error, const tcp::resolver::results_type& found) {
                            if (step == step_) looked_up(error, found);
                          });
}

void AsyncConnector::looked_up(const error_code& error, const tcp::resolver::results_type& found) {
  if (error) {
    const bool silent = error == asio::error::host_not_found_try_again;
    return next_endpoint(resolve_error(endpoint(), silent ? EAI_AGAIN : EAI_NONAME));
  }
  for (const auto& entry : found) {
    const tcp::endpoint address = entry.endpoint();
    candidates_.push_back({address, address.address().to_string(), true});
  }
  try_address();
}

void AsyncConnector::try_address() {
  if (candidate_ == candidates_.size()) {
    return next_endpoint(connect_error(endpoint(), options_, address_failures_));
  }
  const auto step = ++step_;
  socket_ = Socket(io_);
  timer_.expires_after(options_.connect_timeout);
  timer_.async_wait([this, step](error_code error) {
    if (error || step != step_) return;
    if (tls_) return attempted(kNoTls, tls_->timeout());
    attempted(kNoAnswer);
  });
  socket_.async_connect(candidates_[candidate_].address, [this, step](error_code error) {
    if (step != step_) return;
    const bool is_tcp = candidates_[candidate_].tcp;
    if (error) return attempted(number_of(error, is_tcp));
    // Asio 1.83 takes the "again" of such a unix socket for a wait that is over.
    error_code not_connected;
    if (!is_tcp) socket_.remote_endpoint(not_connected);
    if (not_connected) return attempted(EAGAIN);
    if (is_tcp && is_connected_to_itself(socket_.native_handle())) return attempted(ECONNREFUSED);
    if (!endpoint().tls) return connected();
    tls_ = std::make_unique<TlsSession>(socket_.native_handle(), tls_context_, endpoint(), options_);
    secure(step);
  });
}

// The timer of the attempt goes on.
void AsyncConnector::secure(std::uint64_t step) {
  const TlsSession::Status status = tls_->handshake().status;
  switch (status) {
    case TlsSession::Status::kDone:
      return connected();
    case TlsSession::Status::kClosed:
    case TlsSession::Status::kFailed:
      return attempted(kNoTls, tls_->refusal());
    case TlsSession::Status::kWantsBytes:
    case TlsSession::Status::kWantsRoom:
      break;
  }
  const bool bytes = status == TlsSession::Status::kWantsBytes;
  socket_.async_wait(bytes ? Socket::wait_read : Socket::wait_write, [this, step](const error_code&) {
    if (step == step_) secure(step);
  });
}

void AsyncConnector::connected() {
  ++step_;
  timer_.cancel();
  busy_ = false;
  error_code ignored;
  if (candidates_[candidate_].tcp) socket_.set_option(tcp::no_delay(true), ignored);
  outcome_.connected(AsyncStream(std::move(socket_), std::move(tls_)), endpoint_);
}

void AsyncConnector::attempted(int error, const TlsRefusal& refusal) {
  ++step_;
  tls_.reset();
  error_code ignored;
  socket_.close(ignored);
  timer_.cancel();
  address_failures_.push_back({candidates_[candidate_].name, error, refusal});
  ++candidate_;
  try_address();
}

void AsyncConnector::next_endpoint(const ConnectError& failure) {
  failures_.add(failure);
  endpoint_ = (endpoint_ + 1) % options_.endpoints.size();
  if (failures_.count() < options_.endpoints.size()) return try_endpoint();
  ++step_;
  busy_ = false;
  outcome_.failed(failures_.error());
}

}  // namespace timeservice::client
