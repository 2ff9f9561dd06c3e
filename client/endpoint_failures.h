#pragma once

#include <cstddef>
#include <string>

#include "client/client_error.h"

namespace timeservice::client {

/// How each endpoint of a round failed to take the connection, as one ConnectError: permanent
/// where each of them is, since a single endpoint that may come back is worth another round.
class EndpointFailures {
 public:
  void add(const ConnectError& error);
  std::size_t count() const { return count_; }
  ConnectError error() const { return ConnectError(lines_, permanent_); }

 private:
  std::size_t count_ = 0;
  std::string lines_;
  bool permanent_ = true;
};

}  // namespace timeservice::client
