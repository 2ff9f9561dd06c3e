#include "client/async_engine.h"

#include <algorithm>
#include <exception>
#include <stdexcept>
#include <utility>

#include <boost/asio/post.hpp>
#include <fmt/format.h>
#include <thrift/TApplicationException.h>
#include <thrift/protocol/TProtocolException.h>

#include "client/async_error.h"
#include "client/client_tls.h"
#include "client/declared_error.h"

namespace timeservice::client {
namespace {

namespace asio = boost::asio;
using apache::thrift::TApplicationException;
using apache::thrift::protocol::T_EXCEPTION;
using apache::thrift::protocol::T_REPLY;
using apache::thrift::protocol::TProtocol;
using apache::thrift::protocol::TProtocolException;

/// Far below the number of numbers that calls are told apart by.
constexpr std::size_t kMostInFlight = 10'000'000;

std::size_t checked(std::size_t max_in_flight) {
  if (max_in_flight >= 1 && max_in_flight <= kMostInFlight) return max_in_flight;
  throw std::invalid_argument(
      fmt::format("{} calls in flight: write a number from 1 to {}", max_in_flight, kMostInFlight));
}

AsyncFailure cancelled() { return AsyncFailure::of<CallCancelled>("the client was destroyed meanwhile"); }

[[noreturn]] void throw_not_asked_for(const ReplyHead& head) {
  throw TProtocolException(TProtocolException::INVALID_DATA,
                           fmt::format("a message '{}' of type {}, number {}, that answers no call in flight",
                                       head.method.substr(0, 40), static_cast<int>(head.type), head.number));
}

}  // namespace

AsyncEngine::AsyncEngine(ClientOptions options, std::size_t max_in_flight)
    : options_(checked_options(std::move(options))),
      max_in_flight_(checked(max_in_flight)),
      io_(1),
      work_(io_.get_executor()),
      connector_(io_, options_, make_client_tls(options_),
                 {.connected = [this](AsyncStream stream,
                                      std::size_t endpoint) { connected(std::move(stream), endpoint); },
                  .failed = [this](const ConnectError& error) { fail_all(not_connected(error)); }}),
      timer_(io_) {}

void AsyncEngine::run() { io_.run(); }

void AsyncEngine::submit(std::unique_ptr<AsyncCall> call) {
  if (in_flight_.fetch_add(1) >= max_in_flight_) {
    in_flight_.fetch_sub(1);
    throw TooManyInFlight(fmt::format("{}: {} calls are in flight: wait for some, or allow more",
                                      call->method(), max_in_flight_));
  }
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) {
      in_flight_.fetch_sub(1);
      std::rethrow_exception(cancelled().exception());
    }
    wake = queue_.empty();
    queue_.push_back(std::move(call));
  }
  if (wake) asio::post(io_, [this] { take_calls(); });
}

void AsyncEngine::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  asio::post(io_, [this] { shut_down(); });
}

void AsyncEngine::shut_down() {
  connector_.cancel();
  close_link();
  fail_all(cancelled());
  std::vector<std::unique_ptr<AsyncCall>> calls;
  {
    const std::lock_guard lock(mutex_);
    calls.swap(queue_);
  }
  for (auto& call : calls) fail(std::move(call), cancelled().exception());
  work_.reset();
  // A name that is being looked up would otherwise be waited for here.
  io_.stop();
}

void AsyncEngine::take_calls() {
  std::vector<std::unique_ptr<AsyncCall>> calls;
  {
    const std::lock_guard lock(mutex_);
    calls.swap(queue_);
  }
  const auto now = Clock::now();
  for (auto& call : calls) begin(std::move(call), now);
  if (link_) link_->flush();
  if (!link_ && !unsent_.empty() && !connector_.busy()) connector_.start(endpoint_);
  watch();
}

void AsyncEngine::begin(std::unique_ptr<AsyncCall> call, Clock::time_point now) {
  if (call->deadline() <= now) {
    const auto error = deadline_passed(peer(), *call, false);
    return fail(std::move(call), error);
  }
  const std::int32_t number = table_.add(std::move(call));
  if (link_) return send(number);
  unsent_.push_back(number);
}

void AsyncEngine::send(std::int32_t number) {
  if (!table_.owed()) owed_since_ = Clock::now();
  link_->send(number, *table_.find(number));
  table_.mark_sent(number);
}

void AsyncEngine::connected(AsyncStream stream, std::size_t endpoint) {
  endpoint_ = endpoint;
  AsyncLinkOwner& owner = *this;  // which this is in private
  link_ = std::make_shared<AsyncLink>(std::move(stream), peer(), owner);
  link_->start();
  for (const std::int32_t number : std::exchange(unsent_, {})) {
    if (table_.find(number) != nullptr) send(number);  // and its deadline has not passed meanwhile
  }
  link_->flush();
  watch();
}

void AsyncEngine::on_reply(const ReplyHead& head, TProtocol& protocol) {
  if (table_.forget_late(head.number)) {
    protocol.skip(apache::thrift::protocol::T_STRUCT);
    protocol.readMessageEnd();
    return;
  }
  std::exception_ptr error = read_reply(head, protocol);
  protocol.readMessageEnd();
  end(head.number, std::move(error));
}

// Null, or what the call fails with alone.
std::exception_ptr AsyncEngine::read_reply(const ReplyHead& head, TProtocol& protocol) {
  AsyncCall* const call = table_.find(head.number);
  if (head.type == T_EXCEPTION) {
    TApplicationException exception;
    exception.read(&protocol);
    if (says_tls_only(exception.what())) throw TlsRefused(tls_only(peer().endpoint));
    // A server that could not read a request's head cannot repeat its number.
    if (call == nullptr) throw TProtocolException(TProtocolException::INVALID_DATA, exception.what());
    return server_replied(peer(), call->method(), exception);
  }
  if (call == nullptr || head.type != T_REPLY || head.method != call->method()) throw_not_asked_for(head);
  try {
    call->read_result(protocol);
  } catch (const TApplicationException& exception) {
    return server_replied(peer(), call->method(), exception);
  } catch (...) {
    if (auto declared = declared_error(peer().endpoint, call->method(), {0, call->items()})) return declared;
    throw;
  }
  return nullptr;
}

void AsyncEngine::on_end(const AsyncFailure& why) {
  // Closed while it was idle, a server is as good as before.
  if (table_.owed()) next_endpoint();
  link_.reset();
  fail_all(why);
}

// One timer serves all deadlines. It is set anew only for an earlier one; when it is
// due too early, for a call that has ended, it is set to the next.
void AsyncEngine::watch() {
  Clock::time_point next = table_.next_deadline().value_or(Clock::time_point::max());
  if (link_ && table_.owed()) {
    next = std::min(next, std::max(owed_since_, link_->last_arrival()) + options_.receive_timeout);
  }
  if (link_ && link_->blocked_since()) next = std::min(next, *link_->blocked_since() + options_.send_timeout);
  if (next >= due_) return;
  due_ = next;
  timer_.expires_at(due_);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) on_timer();
  });
}

void AsyncEngine::on_timer() {
  due_ = Clock::time_point::max();
  const auto now = Clock::now();
  end_overdue(now);
  end_stuck_link(now);
  watch();
}

void AsyncEngine::end_overdue(Clock::time_point now) {
  while (auto overdue = table_.take_overdue(now)) {
    const auto error = deadline_passed(peer(), *overdue->call, overdue->sent);
    fail(std::move(overdue->call), error);
  }
}

void AsyncEngine::end_stuck_link(Clock::time_point now) {
  if (!link_) return;
  const auto quiet_since = std::max(owed_since_, link_->last_arrival());
  const auto blocked_since = link_->blocked_since();
  const bool silent = table_.owed() && now - quiet_since >= options_.receive_timeout;
  const bool blocked = blocked_since && now - *blocked_since >= options_.send_timeout;
  if (!silent && !blocked && table_.late() < max_in_flight_) return;
  const AsyncFailure why = blocked  ? nothing_taken(peer())
                           : silent ? nothing_received(peer())
                                    : too_many_overdue(peer(), table_.late());
  close_link();
  on_end(why);
}

void AsyncEngine::close_link() {
  if (link_) link_->close();
}

void AsyncEngine::end(std::int32_t number, std::exception_ptr error) {
  auto call = table_.take(number);
  if (error) return fail(std::move(call), std::move(error));
  in_flight_.fetch_sub(1);  // before the callback, which may make the next call
  call->end();
}

void AsyncEngine::fail(std::unique_ptr<AsyncCall> call, std::exception_ptr error) {
  in_flight_.fetch_sub(1);
  call->fail(std::move(error));
}

void AsyncEngine::fail_all(const AsyncFailure& why) {
  unsent_.clear();
  for (auto& call : table_.take_all()) fail(std::move(call), why.exception());
}

}  // namespace timeservice::client
