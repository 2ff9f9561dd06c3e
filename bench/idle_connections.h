#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

#include "bench/descriptor.h"
#include "bench/measured_calls.h"
#include "wire/endpoint.h"

namespace timeservice::bench {

/// Connections that each made one call, and then say nothing for as long as this
/// object lives.
class IdleConnections {
 public:
  /// Waits for `patience` for each reply at most. Throws LoadError and WrongReply.
  IdleConnections(const wire::Endpoint& endpoint, const MeasuredCalls& calls, std::size_t count,
                  std::chrono::milliseconds patience);

 private:
  std::vector<Descriptor> sockets_;
};

/// Lets this process open as many files as it ever may, and returns how many.
std::size_t raise_descriptor_limit();

}  // namespace timeservice::bench
