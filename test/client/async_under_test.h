#pragma once

#include <chrono>
#include <exception>
#include <future>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "client/async_time_client.h"
#include "test/client/client_under_test.h"
#include "test/client/peer.h"

namespace timeservice::client {

/// For calls that are answered, or fail, by themselves: far more than any of them takes.
inline constexpr std::chrono::seconds kPatience{30};

/// The future's value or error; throws std::runtime_error where neither comes.
template <typename Value>
Value get(std::future<Value>& future) {
  if (future.wait_for(kPatience) != std::future_status::ready) {
    throw std::runtime_error("nothing came of a call");
  }
  return future.get();
}

template <typename Value>
Value get(std::future<Value>&& future) {
  return get(future);
}

/// The line of the E that the call fails with.
template <typename E, typename Value>
std::string failure(std::future<Value>& future) {
  return line_of<E>([&] { get(future); });
}

template <typename E, typename Value>
std::string failure(std::future<Value>&& future) {
  return failure<E>(future);
}

/// A future of something that a test waits for in vain only where the code is wrong.
inline bool comes(const std::future<void>& future) {
  return future.wait_for(kPatience) == std::future_status::ready;
}

/// A line that begins with the endpoint.
inline std::string at(const wire::Endpoint& endpoint, const std::string& rest) {
  return wire::to_string(endpoint) + ": " + rest;
}

/// Options for a Peer's endpoint, under which a connection is given up by nothing
/// that a test does not mean.
inline ClientOptions patient_options(std::vector<wire::Endpoint> endpoints) {
  ClientOptions options = options_for(std::move(endpoints));
  options.connect_timeout = options.send_timeout = options.receive_timeout = kPatience;
  return options;
}

}  // namespace timeservice::client
