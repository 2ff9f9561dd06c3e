#pragma once

#include <chrono>
#include <stdexcept>
#include <string>

#include "bench/descriptor.h"
#include "wire/endpoint.h"

namespace timeservice::bench {

/// What was measured is void: the server did not do its part. One line.
struct LoadError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A connection to the endpoint, without Nagle's delay. Its sends and receives wait
/// for `patience` at most. Throws LoadError.
Descriptor connect_to(const wire::Endpoint& endpoint, std::chrono::milliseconds patience);

/// From now on its sends and receives do not wait.
void make_nonblocking(const Descriptor& socket);

/// What the system says of an error number.
std::string reason(int error);

}  // namespace timeservice::bench
