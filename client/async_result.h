#pragma once

#include <exception>
#include <utility>
#include <variant>

namespace timeservice::client {

/// What a call came to: its value, or the ClientError that it failed with. One owner.
template <typename T>
class Result {
 public:
  explicit Result(T value) : outcome_(std::move(value)) {}
  /// `error` holds a ClientError.
  explicit Result(std::exception_ptr error) : outcome_(std::move(error)) {}

  bool ok() const { return std::holds_alternative<T>(outcome_); }

  /// Throws the ClientError where there is no value.
  const T& value() const& {
    if (!ok()) std::rethrow_exception(std::get<std::exception_ptr>(outcome_));
    return std::get<T>(outcome_);
  }
  T value() && {
    if (!ok()) std::rethrow_exception(std::get<std::exception_ptr>(outcome_));
    return std::get<T>(std::move(outcome_));
  }

  /// Null where there is a value.
  std::exception_ptr error() const { return ok() ? nullptr : std::get<std::exception_ptr>(outcome_); }

 private:
  std::variant<T, std::exception_ptr> outcome_;
};

}  // namespace timeservice::client
