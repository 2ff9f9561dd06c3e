#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>

#include <thrift/protocol/TProtocol.h>

#include "client/async_result.h"
#include "client/client_error.h"

namespace timeservice::client {

/// One call, from the moment it is made until it has ended. Made by any thread; then
/// its owner's alone, which is the table of an AsyncEngine.
class AsyncCall {
 public:
  using Clock = std::chrono::steady_clock;

  explicit AsyncCall(std::chrono::milliseconds timeout)
      : timeout_(timeout), deadline_(Clock::now() + timeout) {}
  AsyncCall(const AsyncCall&) = delete;
  AsyncCall& operator=(const AsyncCall&) = delete;
  virtual ~AsyncCall() = default;

  virtual std::string_view method() const = 0;
  /// How many items of a list it sends; 0 for a call without one.
  virtual std::size_t items() const = 0;
  std::chrono::milliseconds timeout() const { return timeout_; }
  Clock::time_point deadline() const { return deadline_; }

  /// The struct of its arguments.
  virtual void write_arguments(apache::thrift::protocol::TProtocol& protocol) = 0;
  /// The struct of its result, which is kept until end(). Throws what Thrift does.
  virtual void read_result(apache::thrift::protocol::TProtocol& protocol) = 0;

  /// Tells the caller: what read_result() has read, or that it failed. One of both,
  /// once. Whatever the caller's callback throws ends here.
  virtual void end() = 0;
  virtual void fail(std::exception_ptr error) = 0;

 private:
  std::chrono::milliseconds timeout_;
  Clock::time_point deadline_;
};

/// A call of one of async_methods.h.
template <typename Method>
class MethodCall final : public AsyncCall {
 public:
  using Value = typename Method::Value;
  using Done = std::function<void(Result<Value>)>;

  MethodCall(std::chrono::milliseconds timeout, Done done, Method method = {})
      : AsyncCall(timeout), method_(std::move(method)), done_(std::move(done)) {}

  std::string_view method() const override { return Method::kName; }
  std::size_t items() const override {
    if constexpr (requires { method_.items(); }) return method_.items();
    return 0;
  }
  void write_arguments(apache::thrift::protocol::TProtocol& protocol) override {
    method_.write_arguments(protocol);
  }
  void read_result(apache::thrift::protocol::TProtocol& protocol) override {
    try {
      result_.emplace(method_.read_result(protocol));
    } catch (const ClientError&) {  // a sound reply, of which nothing can be made
      result_.emplace(std::current_exception());
    }
  }
  void end() override { tell(std::move(*result_)); }
  void fail(std::exception_ptr error) override { tell(Result<Value>(std::move(error))); }

 private:
  void tell(Result<Value> result) {
    try {
      done_(std::move(result));
    } catch (...) {  // it is nobody else's, and other calls wait for this thread
    }
  }

  Method method_;
  Done done_;
  std::optional<Result<Value>> result_;
};

}  // namespace timeservice::client
