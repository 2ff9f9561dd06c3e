#pragma once

#include <stdexcept>

namespace timeservice::host {

/// The options contradict themselves or each other. One line: flag, value, reason, fix.
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The system refused what is needed to start. One line: what, where, reason, fix.
struct StartError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace timeservice::host
